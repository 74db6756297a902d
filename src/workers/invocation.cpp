#include "workers/invocation.hpp"

#include <utility>

#include "base/assert.hpp"
#include "workers/invocation_runner.hpp"

namespace millrace::workers {

std::size_t Invocation::body_credit() const {
  return state_ == State::open && !runner_->congested() ? send_credit_ : 0;
}

void Invocation::send_body(std::string_view bytes, bool end) {
  if (state_ != State::open) return;
  MILLRACE_ASSERT(bytes.size() <= send_credit_);
  send_credit_ -= bytes.size();
  do {
    const std::string_view chunk = bytes.substr(0, protocol::kMaxBodyChunk);
    bytes.remove_prefix(chunk.size());
    runner_->send_body(stream_, chunk, end && bytes.empty());
  } while (!bytes.empty());
  if (end) runner_->request_ended(*this);
}

void Invocation::consumed(std::size_t bytes) {
  if (state_ != State::open) return;
  ungranted_ += bytes;
  // Granting by halves keeps the worker sending without a frame for each chunk.
  if (ungranted_ < protocol::kInitialCredit / 2) return;
  receive_credit_ += ungranted_;
  runner_->grant_credit(stream_, static_cast<std::uint32_t>(ungranted_));
  ungranted_ = 0;
}

void Invocation::abort(link::AbortReason reason) {
  if (state_ == State::queued) queue_->withdraw(*this);
  if (state_ == State::open) runner_->abort_stream(*this, reason);
  state_ = State::over;
}

void Invocation::drop_deadline() {
  if (deadlines_ != nullptr) std::exchange(deadlines_, nullptr)->remove(deadline_);
}

void InvocationQueue::admit(Invocation& invocation) {
  invocation.queue_ = this;
  invocation.state_ = Invocation::State::queued;
}

void InvocationQueue::release(Invocation& invocation) {
  invocation.queue_ = nullptr;
  invocation.state_ = Invocation::State::unused;
}

void InvocationQueue::fail(Invocation& invocation, Failure failure) {
  invocation.queue_ = nullptr;
  invocation.state_ = Invocation::State::over;
  invocation.observer_.on_failed(failure);
}

void InvocationRunner::open(Invocation& invocation, std::uint64_t stream) {
  invocation.runner_ = this;
  invocation.stream_ = stream;
  invocation.state_ = Invocation::State::open;
  invocation.send_credit_ = protocol::kInitialCredit;
  invocation.receive_credit_ = protocol::kInitialCredit;
  invocation.request_ended_ = !invocation.has_body;
}

void InvocationRunner::close(Invocation& invocation) {
  invocation.drop_deadline();
  invocation.state_ = Invocation::State::over;
  invocation.runner_ = nullptr;
}

bool InvocationRunner::add_send_credit(Invocation& invocation, std::size_t bytes) {
  if (invocation.send_credit_ + bytes > protocol::kInitialCredit) return false;
  invocation.send_credit_ += bytes;
  return true;
}

bool InvocationRunner::take_receive_credit(Invocation& invocation, std::size_t bytes) {
  if (bytes > invocation.receive_credit_) return false;
  invocation.receive_credit_ -= bytes;
  return true;
}

Invocation::Observer& InvocationRunner::requester_of(Invocation& invocation) {
  return invocation.observer_;
}

}  // namespace millrace::workers
