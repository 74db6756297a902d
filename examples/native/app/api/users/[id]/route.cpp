#include <millrace/route.hpp>

#include "lib/handle_errors.hpp"
#include "lib/ids.hpp"
#include "services/users.hpp"

using namespace millrace;

static const NotFound kNoUser("there is no such user");

Response GET(const Request& request, const Params& params) {
  return handle_errors(request, [&] {
    const auto user = services::users().find(id_of(params["id"]));
    if (!user) throw kNoUser;
    return Response::json(*user);
  });
}

Response PUT(const Request& request, const Params& params) {
  return handle_errors(request, [&] {
    const auto input = request.json<services::UserInput>();
    const auto user = services::users().replace(id_of(params["id"]), input);
    if (!user) throw kNoUser;
    return Response::json(*user);
  });
}

Response DELETE(const Request& request, const Params& params) {
  return handle_errors(request, [&] {
    if (!services::users().remove(id_of(params["id"]))) throw kNoUser;
    return Response(204);
  });
}
