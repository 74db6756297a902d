#include "net/signals.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

namespace millrace::net {

struct Signals::Impl {
  Impl(EventLoop& loop, std::function<void(int)> callback)
      : set(loop.context()), on_signal(std::move(callback)) {}

  boost::asio::signal_set set;
  std::function<void(int)> on_signal;
};

Signals::Signals(EventLoop& loop, std::initializer_list<int> signals,
                 std::function<void(int)> on_signal)
    : impl_(std::make_shared<Impl>(loop, std::move(on_signal))) {
  for (const int number : signals) impl_->set.add(number);
  wait(impl_);
}

Signals::~Signals() {
  boost::system::error_code ignored;
  impl_->set.cancel(ignored);
}

void Signals::wait(const std::shared_ptr<Impl>& impl) {
  impl->set.async_wait(
      [weak = std::weak_ptr(impl)](const boost::system::error_code& error, int number) {
        const auto alive = weak.lock();
        if (error || !alive) return;
        alive->on_signal(number);
        wait(alive);
      });
}

}  // namespace millrace::net
