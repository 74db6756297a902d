#include <millrace/route.hpp>

using namespace millrace;

Response GET(const Request&, const Params& params) {
  const auto& slug = params.all("slug");
  return Response::json(json::object{{"slug", json::array(slug.begin(), slug.end())}});
}
