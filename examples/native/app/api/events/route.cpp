#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <millrace/route.hpp>

using namespace millrace;

static Task<void> count(EventWriter& events, int until) {
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
  for (int number = 1; number <= until; ++number) {
    const std::string text = std::to_string(number);
    if (!co_await events.send(text, "count", text)) co_return;
    timer.expires_after(std::chrono::milliseconds(20));
    co_await timer.async_wait(boost::asio::use_awaitable);
  }
  if (!co_await events.send("done")) co_return;
}

Response GET(const Request&) {
  return Response::event_stream([](EventWriter& events) { return count(events, 3); });
}
