// The part of NativeCall that the link calls, and the bodies that tasks read and write.
#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <utility>

#include "link/frame_encoder.hpp"
#include "native_call.hpp"

namespace millrace::native {

namespace asio = boost::asio;
using link::Kind;

namespace {

constexpr auto kAwaited = asio::as_tuple(asio::use_awaitable);
/// Credit is granted again when this much of it has been used.
constexpr std::size_t kGrantAt = protocol::kInitialCredit / 2;

}  // namespace

bool NativeCall::runnable() {
  const std::lock_guard lock(mutex_);
  if (body_ended_) return true;
  // Only the code knows whether it reads the body itself, or not at all.
  if (!route_.code()) return runs_before_body_ = true;
  const auto* const handler = route_.handler(view_.method);
  runs_before_body_ = handler == nullptr || handler->streamed != nullptr || handler->without_body;
  return runs_before_body_;
}

bool NativeCall::receive_body(std::string_view bytes, bool end) {
  const std::lock_guard lock(mutex_);
  if (aborted_ || body_ended_) return false;
  body_.append(bytes);
  body_ended_ = end;
  if (loop_ != nullptr || runs_before_body_) {
    wake(body_event_);
    return false;
  }
  if (body_.size() > route_.options().max_body) {
    body_ended_ = true;
    too_large_ = true;
    return true;
  }
  grant(bytes.size());
  return end;
}

void NativeCall::grant(std::size_t bytes) {
  ungranted_ += bytes;
  if (ungranted_ < kGrantAt || body_ended_) return;
  const auto granted = static_cast<std::uint32_t>(std::exchange(ungranted_, 0));
  out_.append([&](std::string& out) { link::append_credit(out, stream_, granted); });
}

void NativeCall::receive_credit(std::uint32_t bytes) {
  const std::lock_guard lock(mutex_);
  send_credit_ += bytes;
  wake(credit_event_);
}

void NativeCall::receive_abort() {
  asio::io_context* loop = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (aborted_) return;
    aborted_ = true;
    loop = loop_;
  }
  // Without the lock, because it calls what the handler has registered. And first, because
  // cancelling a task removes what it has registered.
  stop_.request_stop();
  if (loop == nullptr) return;
  asio::post(*loop, [self = shared_from_this()] {
    self->body_event_.notify();
    self->credit_event_.notify();
    self->cancel_.emit();
    self->cancel_body_.emit();
  });
}

void NativeCall::wake(Event& event) {
  if (!std::exchange(event.has_waiters, false)) return;
  asio::post(*loop_, [self = shared_from_this(), &event] { event.notify(); });
}

Task<void> NativeCall::wait(Event& event) {
  if (!event.timer) event.timer.emplace(*loop_, std::chrono::steady_clock::time_point::max());
  co_await event.timer->async_wait(kAwaited);
}

Task<std::string> NativeCall::read_body() {
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      if (!body_.empty()) {
        std::string taken = std::exchange(body_, {});
        grant(taken.size());
        out_.flush();
        co_return taken;
      }
      if (body_ended_) co_return std::string();
      if (aborted_) throw boost::system::system_error(asio::error::operation_aborted);
      body_event_.has_waiters = true;
    }
    co_await wait(body_event_);
  }
}

Task<bool> NativeCall::write_body(std::string bytes) {
  std::string_view rest = bytes;
  while (!rest.empty()) {
    std::size_t room = 0;
    {
      const std::lock_guard lock(mutex_);
      if (aborted_ || over_) co_return false;
      room = std::min({send_credit_, rest.size(), protocol::kMaxBodyChunk});
      send_credit_ -= room;
      if (room == 0) credit_event_.has_waiters = true;
    }
    if (room == 0) {
      co_await wait(credit_event_);
      continue;
    }
    out_.append(Kind::body, stream_, rest.substr(0, room));
    rest.remove_prefix(room);
    out_.flush();
  }
  co_return true;
}

}  // namespace millrace::native
