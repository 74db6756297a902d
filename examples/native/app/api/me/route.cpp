#include <millrace/route.hpp>

using namespace millrace;

Response GET(const Request& request) {
  // Throws 401 without a session.
  const Session session = require_session(request);
  return Response::json(json::object{{"email", session.email()}, {"name", session.name()}});
}
