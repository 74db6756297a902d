#include "net/readable_watch.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

namespace millrace::net {

struct ReadableWatch::Impl {
  Impl(EventLoop& loop, base::UniqueFd fd, std::function<void()> callback)
      : descriptor(loop.context(), fd.release()), on_readable(std::move(callback)) {}

  boost::asio::posix::stream_descriptor descriptor;
  std::function<void()> on_readable;
};

ReadableWatch::ReadableWatch(EventLoop& loop, base::UniqueFd fd, std::function<void()> on_readable)
    : impl_(std::make_shared<Impl>(loop, std::move(fd), std::move(on_readable))) {
  wait(impl_);
}

ReadableWatch::~ReadableWatch() {
  boost::system::error_code ignored;
  impl_->descriptor.close(ignored);
}

int ReadableWatch::fd() const { return impl_->descriptor.native_handle(); }

base::UniqueFd ReadableWatch::release() { return base::UniqueFd(impl_->descriptor.release()); }

void ReadableWatch::wait(const std::shared_ptr<Impl>& impl) {
  impl->descriptor.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                              [weak = std::weak_ptr(impl)](const boost::system::error_code& error) {
                                const auto alive = weak.lock();
                                if (error || !alive) return;
                                alive->on_readable();
                                if (alive->descriptor.is_open()) wait(alive);
                              });
}

}  // namespace millrace::net
