#include <millrace/route.hpp>

using namespace millrace;

static Response go(const Request& request) {
  const std::string how = request.query("how").value_or("");
  Response response = Response::text("stayed");
  if (how == "redirect") response = Response::redirect("/target?x=1");
  if (how == "absolute") response = Response::redirect("https://example.com/away");
  if (how == "permanent") response = Response::redirect("/forever", 308);
  if (how == "missing") return Response(404);
  if (request.query("cookie")) response.cookie({"went", "away"});
  return response;
}

Response GET(const Request& request) { return go(request); }
Response POST(const Request& request) { return go(request); }
