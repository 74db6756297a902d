#include <millrace/route.hpp>

#include "lib/cors.hpp"

using namespace millrace;

Response GET(const Request& request) {
  return with_cors(request, Response::json(json::object{{"open", true}}));
}

/// A CORS preflight request.
Response OPTIONS(const Request& request) {
  Response answer = with_cors(request, Response(204));
  answer.header("access-control-allow-methods", "GET, POST");
  answer.header("access-control-allow-headers", "content-type");
  answer.header("access-control-max-age", "600");
  return answer;
}

Response POST(const Request& request) {
  return with_cors(request, Response::json(json::object{{"got", request.json()}}));
}
