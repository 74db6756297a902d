#include <millrace/route.hpp>

using namespace millrace;

static Response answer(const Request& request) {
  const bool reads = request.method() != "GET" && request.method() != "HEAD";
  const json::value body = reads ? json::value(request.text()) : json::value(nullptr);
  return Response::json(json::object{{"method", request.method()}, {"body", body}})
      .header("x-method", request.method());
}

Response GET(const Request& request) { return answer(request); }
Response POST(const Request& request) { return answer(request); }
Response PUT(const Request& request) { return answer(request); }
Response PATCH(const Request& request) { return answer(request); }
Response DELETE(const Request& request) { return answer(request); }
