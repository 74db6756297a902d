#include <millrace/route.hpp>

using namespace millrace;

/// Before every route below /api: each request has an id, and what is the administrators' is not
/// even asked for without a session. It looks at the head alone, so an upload need not be there
/// before its route begins.
Response proxy(const RequestHead& request) {
  const bool guarded = request.url().pathname().starts_with("/api/admin");
  if (guarded && !session(request)) return Response::error(401, "Unauthorized");
  return next(request, {{"x-request-id", request.id()}}).header("x-request-id", request.id());
}

RouteOptions options(Route) { return {.matcher = {"/api/:path*"}}; }
