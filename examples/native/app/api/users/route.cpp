#include <millrace/route.hpp>

#include "lib/handle_errors.hpp"
#include "services/users.hpp"

using namespace millrace;

Response GET(const Request&) { return Response::json(services::users().all()); }

Response POST(const Request& request) {
  return handle_errors(request, [&] {
    // 400 with all that is wrong, where something is.
    const auto input = request.json<services::UserInput>();
    const services::User user = services::users().add(input);
    return Response::json(user, 201).header("location", "/api/users/" + std::to_string(user.id));
  });
}

// Without these the answer is 405 all the same, as under Next.js, but says nothing of what is allowed.
static Response not_allowed() {
  return Response::error(405, "Method Not Allowed").header("allow", "GET, HEAD, OPTIONS, POST");
}
Response PUT(const Request&) { return not_allowed(); }
Response PATCH(const Request&) { return not_allowed(); }
Response DELETE(const Request&) { return not_allowed(); }
