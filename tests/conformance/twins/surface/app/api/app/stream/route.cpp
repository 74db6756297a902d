#include <millrace/route.hpp>

using namespace millrace;

Response GET(const Request&) {
  return Response::stream("text/plain; charset=utf-8", [](BodyWriter& body) -> Task<void> {
    for (int i = 0; i < 5; ++i) {
      if (!co_await body.write("chunk " + std::to_string(i) + "\n")) co_return;
    }
  });
}
