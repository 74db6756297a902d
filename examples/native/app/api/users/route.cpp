#include <millrace/route.hpp>

#include "lib/handle_errors.hpp"
#include "services/users.hpp"

using namespace millrace;

Response GET(const Request&) { return Response::json(services::users().all()); }

Response POST(const Request& request) {
  return handle_errors(request, [&] {
    // Throws 400 with all errors if the input is invalid.
    const auto input = request.json<services::UserInput>();
    const services::User user = services::users().add(input);
    return Response::json(user, 201).header("location", "/api/users/" + std::to_string(user.id));
  });
}

// Without these the response is also 405, as under Next.js, but has no `Allow` with the methods.
static Response not_allowed() {
  return Response::error(405, "Method Not Allowed").header("allow", "GET, HEAD, OPTIONS, POST");
}
Response PUT(const Request&) { return not_allowed(); }
Response PATCH(const Request&) { return not_allowed(); }
Response DELETE(const Request&) { return not_allowed(); }
