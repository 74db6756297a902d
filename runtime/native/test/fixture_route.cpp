// A route for the session's tests, compiled as a project's routes are.
#include <atomic>
#include <millrace/route.hpp>
#include <stdexcept>

using namespace millrace;

Response GET(const Request& request, const Params& params) {
  auto& calls = shared<std::atomic<int>>("fixture calls");
  after(request, [] { shared<std::atomic<int>>("fixture after").fetch_add(1); });
  return Response::json(json::object{{"id", params["id"]}, {"calls", ++calls}});
}

Task<Response> POST(Request& request) { co_return Response::text(request.text()); }

Response PUT(const Request& request) {
  if (request.text() == "throw") throw std::runtime_error("on purpose");
  return Response::stream("text/plain", [](BodyWriter& body) -> Task<void> {
    const std::string piece(100'000, 'p');
    for (int i = 0; i < 5; ++i) {
      if (!co_await body.write(piece)) co_return;
    }
  });
}

Task<Response> PATCH(StreamedRequest& request) {
  std::size_t bytes = 0;
  for (;;) {
    const std::string piece = co_await request.read();
    if (piece.empty()) break;
    bytes += piece.size();
  }
  co_return Response::text(std::to_string(bytes));
}

#include <millrace/detail/export_route.hpp>
