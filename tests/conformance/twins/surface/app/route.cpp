#include <millrace/route.hpp>

using namespace millrace;

Response GET(const Request& request) {
  return Response::text("root of " + std::string(request.url().pathname()));
}
