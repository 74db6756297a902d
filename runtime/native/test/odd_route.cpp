// Handlers that are difficult for the worker, selected by the body.
#include <atomic>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <millrace/route.hpp>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <thread>

using namespace millrace;
namespace asio = boost::asio;

namespace {

std::atomic<bool>& gate() { return shared<std::atomic<bool>>("odd gate"); }

Task<void> turn() { co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable); }

Task<void> turn_until_open() {
  while (!gate()) co_await turn();
}

void block_until_open() {
  while (!gate()) std::this_thread::yield();
}

Task<void> sleep_for_ever() {
  asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::hours(1));
  co_await timer.async_wait(asio::use_awaitable);
}

}  // namespace

Task<Response> POST(Request& request) {
  const std::string text = request.text();
  if (text == "sleep") {
    std::stop_callback stopped(request.stop_token(),
                               [] { shared<std::atomic<int>>("odd stopped").fetch_add(1); });
    ++shared<std::atomic<int>>("odd waiting");
    co_await sleep_for_ever();
  }
  if (text == "turn") co_await turn_until_open();
  if (text == "after that waits") after(request, [] { return turn_until_open(); });
  if (text == "after") after(request, [] { shared<std::atomic<bool>>("odd after") = true; });
  if (text == "after that fails") {
    after(request, [] { throw std::runtime_error("first"); });
    after(request, [] { shared<std::atomic<bool>>("odd after") = true; });
  }
  co_return Response::text(text);
}

Response GET(const Request&) {
  gate() = true;
  return Response::text("open");
}

Response PUT(const Request& request) {
  const std::string text = request.text();
  if (text == "long fields") {
    return Response::text("").header("x-long", std::string(std::size_t{2} << 20, 'l'));
  }
  if (text == "long reason") return Response::text("").reason(std::string(70'000, 'r'));
  if (text == "much of both") {
    return Response::text(std::string(300'000, 'b'))
        .header("x-long", std::string(std::size_t{900} << 10, 'l'));
  }
  if (text == "block") {
    log(request).error("about to block");
    block_until_open();
  }
  return Response::text("unknown");
}

/// Reads while it writes.
Task<Response> PATCH(StreamedRequest& request) {
  auto read = [&request]() -> Task<void> {
    while (!(co_await request.read()).empty()) {
    }
  };
  co_return Response::stream("text/plain", [read](BodyWriter& body) -> Task<void> {
    auto write = [&body]() -> Task<void> { static_cast<void>(co_await body.write("written")); };
    using namespace asio::experimental::awaitable_operators;
    Task<void> both = read() && write();
    co_await std::move(both);
  });
}

/// Continues when the body arrives, and then blocks.
Task<Response> DELETE(StreamedRequest& request) {
  ++shared<std::atomic<int>>("odd waiting");
  static_cast<void>(co_await request.read());
  block_until_open();
  co_return Response::text("blocked");
}

#include <millrace/detail/export_route.hpp>
