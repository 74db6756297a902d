#include <millrace/route.hpp>

using namespace millrace;

/// Middleware for every route below /api. It gives each request an ID, and refuses requests to the
/// administrators' routes without a session. It reads only the head of a request, so it does not
/// wait for the body of an upload.
Response proxy(const RequestHead& request) {
  const bool guarded = request.url().pathname().starts_with("/api/admin");
  if (guarded && !session(request)) return Response::error(401, "Unauthorized");
  return next(request, {{"x-request-id", request.id()}}).header("x-request-id", request.id());
}

RouteOptions options(Route) { return {.matcher = {"/api/:path*"}}; }
