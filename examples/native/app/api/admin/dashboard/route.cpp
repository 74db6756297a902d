#include <millrace/route.hpp>

#include "services/users.hpp"

using namespace millrace;

Response GET(const Request& request) {
  // Throws 401 without a session, 403 with a session of another role.
  const Session session = require_role(request, "admin");
  return Response::json(
      json::object{{"hello", session.name()}, {"users", services::users().all().size()}});
}
