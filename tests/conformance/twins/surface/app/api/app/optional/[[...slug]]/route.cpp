#include <millrace/route.hpp>

using namespace millrace;

Response GET(const Request&, const Params& params) {
  json::object given;
  if (params.has("slug")) {
    const auto& slug = params.all("slug");
    given["slug"] = json::array(slug.begin(), slug.end());
  }
  return Response::json(json::object{{"params", given}});
}
