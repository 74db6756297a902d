#include <millrace/route.hpp>

using namespace millrace;

Response GET(const Request& request) {
  // 401 where nobody is signed in.
  const Session session = require_session(request);
  return Response::json(json::object{{"email", session.email()}, {"name", session.name()}});
}
