#include "net/connector.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <utility>

namespace millrace::net {

namespace asio = boost::asio;
using asio::ip::tcp;

struct Connector::Impl {
  Impl(EventLoop& loop, OnDone done)
      : resolver(loop.context()),
        socket(loop.context()),
        timer(loop.context()),
        on_done(std::move(done)) {}

  tcp::resolver resolver;
  tcp::socket socket;
  asio::steady_timer timer;
  /// Empty once it has been called, or the connector is destroyed.
  OnDone on_done;

  void stop() {
    on_done = nullptr;
    resolver.cancel();
    timer.cancel();
    boost::system::error_code ignored;
    socket.close(ignored);
  }

  void fail(const std::string& why) {
    if (!on_done) return;
    const OnDone done = std::move(on_done);
    stop();
    done(base::Error(base::ErrorCode::system, why));
  }

  void succeed() {
    if (!on_done) return;
    const OnDone done = std::move(on_done);
    on_done = nullptr;
    timer.cancel();
    boost::system::error_code failed;
    socket.non_blocking(true, failed);
    socket.set_option(tcp::no_delay(true), failed);
    const int fd = socket.release(failed);
    if (failed) return done(base::Error(base::ErrorCode::system, failed.message()));
    done(base::UniqueFd(fd));
  }
};

Connector::Connector(EventLoop& loop, const std::string& host, const std::string& port,
                     std::chrono::milliseconds time, OnDone on_done)
    : impl_(std::make_shared<Impl>(loop, std::move(on_done))) {
  const std::string name = host + ":" + port;
  impl_->timer.expires_after(time);
  impl_->timer.async_wait([impl = impl_, name](boost::system::error_code failed) {
    if (!failed) impl->fail("cannot connect to " + name + ": the attempt timed out");
  });
  impl_->resolver.async_resolve(
      host, port,
      [impl = impl_, name](boost::system::error_code failed,
                           const tcp::resolver::results_type& found) {
        if (!impl->on_done) return;
        if (failed) return impl->fail("cannot resolve " + name + ": " + failed.message());
        asio::async_connect(
            impl->socket, found,
            [impl, name](boost::system::error_code refused, const tcp::endpoint& /*endpoint*/) {
              if (!refused) return impl->succeed();
              impl->fail("cannot connect to " + name + ": " + refused.message());
            });
      });
}

Connector::~Connector() { impl_->stop(); }

}  // namespace millrace::net
