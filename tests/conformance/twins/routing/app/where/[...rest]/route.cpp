#include <seen.hpp>

using namespace millrace;

Response GET(const Request& request, const Params& params) {
  const Url& url = request.url();
  return Response::json(
      json::object{{"params", parameters(params)},
                   {"own", json::array{url.pathname(), url.search(), pairs(url.query())}},
                   {"next", json::array{url.pathname(), url.search(), url.href()}}});
}
