#include <millrace/route.hpp>

using namespace millrace;

Response GET(const Request& request, const Params& params) {
  return Response::json(json::object{
      {"id", params["id"]}, {"isPromise", true}, {"pathname", request.url().pathname()}});
}
