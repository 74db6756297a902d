#include <millrace/route.hpp>

using namespace millrace;

Response GET(const Request&, const Params& params) {
  const auto& rest = params.all("rest");
  return Response::json(
      json::object{{"name", params["name"]}, {"rest", json::array(rest.begin(), rest.end())}});
}
