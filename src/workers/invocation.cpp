#include "workers/invocation.hpp"

#include <utility>

#include "base/assert.hpp"
#include "workers/invocation_queue.hpp"

namespace millrace::workers {

std::size_t Invocation::body_credit() const {
  const auto* const stream = std::get_if<OpenStream>(&state_);
  return stream == nullptr ? 0 : stream->host->body_credit(*stream);
}

void Invocation::send_body(std::string_view bytes, bool end) {
  if (OpenStream* const open = stream()) open->host->send_body(*open, bytes, end);
}

void Invocation::consumed(std::size_t bytes) {
  if (OpenStream* const open = stream()) open->host->consumed(*open, bytes);
}

void Invocation::drain() {
  OpenStream* const open = stream();
  if (open != nullptr && open->tunnel) open->host->drain(*open);
}

void Invocation::abort(link::AbortReason reason) {
  if (const Waiting* const place = waiting()) place->queue->remove(*this);
  if (const OpenStream* const open = stream()) open->host->abort(*this, reason);
  close();
}

void Invocation::open(StreamHost& host, std::uint64_t number) {
  if (!waited_) waited_ = net::Clock::duration(0);
  state_ = OpenStream{.host = &host,
                      .number = number,
                      .send_credit = protocol::kInitialCredit,
                      .receive_credit = protocol::kInitialCredit,
                      .request_ended = !has_body};
}

void Invocation::clear_deadline() {
  if (deadlines_ != nullptr) std::exchange(deadlines_, nullptr)->remove(deadline_);
}

void Invocation::take_back(SentBefore sent) {
  clear_deadline();
  ++times_taken_back_;
  sent_before_ = std::make_unique<SentBefore>(std::move(sent));
  const bool fill = request.fill;
  const bool upgrade = request.upgrade;
  const auto copy =
      link::decode_invoke(std::string_view(sent_before_->invoke).substr(protocol::kFrameHeadSize));
  MILLRACE_ASSERT(copy.has_value());
  request = *copy;
  request.fill = fill;
  request.upgrade = upgrade;
  state_ = Unused{};
}

void Invocation::close() {
  clear_deadline();
  state_ = Over{};
}

void Invocation::fail(Failure failure) {
  close();
  observer_.on_failed(failure);
}

void Invocation::set_deadline(Deadlines& deadlines, net::Clock::time_point when) {
  deadlines_ = &deadlines;
  deadline_ = deadlines.add(when, *this);
}

}  // namespace millrace::workers
