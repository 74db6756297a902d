#include "workers/invocation.hpp"

#include <utility>

#include "base/assert.hpp"
#include "workers/pool.hpp"
#include "workers/worker_handle.hpp"

namespace millrace::workers {

std::size_t Invocation::body_credit() const {
  return state_ == State::open && !worker_->congested() ? send_credit_ : 0;
}

void Invocation::send_body(std::string_view bytes, bool end) {
  if (state_ != State::open) return;
  MILLRACE_ASSERT(bytes.size() <= send_credit_);
  send_credit_ -= bytes.size();
  do {
    const std::string_view chunk = bytes.substr(0, protocol::kMaxBodyChunk);
    bytes.remove_prefix(chunk.size());
    worker_->send_body(stream_, chunk, end && bytes.empty());
  } while (!bytes.empty());
  if (end) worker_->request_ended(*this);
}

void Invocation::consumed(std::size_t bytes) {
  if (state_ != State::open) return;
  ungranted_ += bytes;
  // Granting by halves keeps the worker sending without a frame for each chunk.
  if (ungranted_ < protocol::kInitialCredit / 2) return;
  receive_credit_ += ungranted_;
  worker_->grant_credit(stream_, static_cast<std::uint32_t>(ungranted_));
  ungranted_ = 0;
}

void Invocation::abort(link::AbortReason reason) {
  if (state_ == State::queued) pool_->withdraw(*this);
  if (state_ == State::open) worker_->abort_stream(*this, reason);
  state_ = State::over;
}

void Invocation::drop_deadline() {
  if (deadlines_ != nullptr) std::exchange(deadlines_, nullptr)->remove(deadline_);
}

}  // namespace millrace::workers
