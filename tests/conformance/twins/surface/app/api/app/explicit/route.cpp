#include <millrace/route.hpp>

using namespace millrace;

Response GET(const Request&) { return Response::text("from get"); }
Response HEAD(const Request&) { return Response().header("x-head", "explicit"); }
Response OPTIONS(const Request&) {
  return Response(204).header("Allow", "GET, HEAD").header("x-options", "explicit");
}
