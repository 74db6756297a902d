#include <millrace/route.hpp>

using namespace millrace;

Response POST(const Request& request) {
  return Response::json(json::object{{"got", request.json()}}, 201);
}
