// A route whose options throw when it is served, though they did not when it was built.
#include <millrace/route.hpp>
#include <stdexcept>

using namespace millrace;

Response GET(const Request&) { return Response::text("never"); }

RouteOptions options(Route) { throw std::runtime_error("no options today"); }

#include <millrace/detail/export_route.hpp>
