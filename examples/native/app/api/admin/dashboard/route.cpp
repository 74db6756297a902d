#include <millrace/route.hpp>

#include "services/users.hpp"

using namespace millrace;

Response GET(const Request& request) {
  // 401 without a session, 403 with one of another role.
  const Session session = require_role(request, "admin");
  return Response::json(
      json::object{{"hello", session.name()}, {"users", services::users().all().size()}});
}
