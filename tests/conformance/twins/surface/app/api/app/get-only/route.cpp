#include <millrace/route.hpp>

using namespace millrace;

Response GET(const Request&) { return Response::text("only get").header("X-Only", "get"); }
