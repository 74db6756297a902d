#include "net/timer.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

namespace millrace::net {

struct Timer::Impl {
  Impl(EventLoop& loop, std::function<void()> callback)
      : timer(loop.context()), on_time(std::move(callback)) {}

  boost::asio::steady_timer timer;
  std::function<void()> on_time;
  /// Incremented by every set and cancel, so that a wait that is already due is not mistaken for
  /// the one set after it.
  std::uint64_t round = 0;
  bool pending = false;
};

Timer::Timer(EventLoop& loop, std::function<void()> on_time)
    : impl_(std::make_shared<Impl>(loop, std::move(on_time))) {}

Timer::~Timer() { cancel(); }

void Timer::set(Clock::time_point when) {
  const std::uint64_t round = ++impl_->round;
  impl_->pending = true;
  impl_->timer.expires_at(when);
  impl_->timer.async_wait(
      [weak = std::weak_ptr(impl_), round](const boost::system::error_code& error) {
        const auto impl = weak.lock();
        if (error || !impl || impl->round != round) return;
        impl->pending = false;
        impl->on_time();
      });
}

void Timer::cancel() {
  ++impl_->round;
  impl_->pending = false;
  impl_->timer.cancel();
}

bool Timer::pending() const { return impl_->pending; }

}  // namespace millrace::net
