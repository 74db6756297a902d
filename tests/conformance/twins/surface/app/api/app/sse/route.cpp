#include <millrace/route.hpp>

using namespace millrace;

Response GET(const Request&) {
  return Response::event_stream([](EventWriter& events) -> Task<void> {
    for (const char* word : {"one", "two", "three"}) {
      if (!co_await events.send(word, "word")) co_return;
    }
  });
}
