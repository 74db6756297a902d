#include <millrace/route.hpp>

using namespace millrace;

Response GET(const Request&) { return Response::json(json::object{{"static", true}}); }
