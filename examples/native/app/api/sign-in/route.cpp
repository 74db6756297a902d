#include <millrace/route.hpp>

#include "lib/handle_errors.hpp"
#include "services/accounts.hpp"

using namespace millrace;

Response POST(const Request& request) {
  return handle_errors(request, [&] {
    const auto account = services::sign_in(request.json<services::Credentials>());
    if (!account) return Response::error(401, "The address or the password is wrong");
    const json::object claims = {{"sub", account->email},
                                 {"email", account->email},
                                 {"name", account->name},
                                 {"role", account->role}};
    return Response::json(*account).cookie(session_cookie(claims, std::chrono::hours(8)));
  });
}

Response DELETE(const Request&) { return Response(204).delete_cookie("session"); }
