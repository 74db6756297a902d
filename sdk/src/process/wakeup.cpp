#include "process/wakeup.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace millrace::detail {

namespace asio = boost::asio;

/// Registers the coroutine's timer. Its lifetime is that of the coroutine, which the loop can
/// destroy.
class Wakeup::Waiting {
 public:
  Waiting(Wakeup& wakeup, asio::steady_timer& timer) : wakeup_(wakeup) {
    const std::lock_guard lock(wakeup_.mutex_);
    wakeup_.timer_ = &timer;
  }
  ~Waiting() {
    const std::lock_guard lock(wakeup_.mutex_);
    wakeup_.timer_ = nullptr;
  }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

  [[nodiscard]] bool notified() const {
    const std::lock_guard lock(wakeup_.mutex_);
    return wakeup_.notified_;
  }

 private:
  Wakeup& wakeup_;
};

Task<void> Wakeup::wait(Clock::time_point deadline) {
  const auto self = shared_from_this();
  asio::steady_timer timer(co_await asio::this_coro::executor, deadline);
  const Waiting waiting(*this, timer);
  if (waiting.notified()) co_return;
  constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);
  const auto [error] = co_await timer.async_wait(kTuple);
  if (error && !waiting.notified()) throw boost::system::system_error(error);
}

void Wakeup::notify() {
  const std::lock_guard lock(mutex_);
  notified_ = true;
  if (timer_ == nullptr) return;
  // The loop outlives the coroutine, which cannot end while the mutex is locked.
  asio::post(timer_->get_executor(), [self = shared_from_this()] {
    const std::lock_guard inner(self->mutex_);
    if (self->timer_ != nullptr) self->timer_->cancel();
  });
}

}  // namespace millrace::detail
