// The limits that a connection checks on each sweep of the server (times, rates, silence), and what
// the server asks to choose a connection to close.
#include "gateway/connection.hpp"
#include "gateway/server.hpp"

namespace millrace::gateway {

namespace {

/// Seconds of silence after which a half-closed client counts as gone, once its response has begun.
constexpr std::uint32_t kSilence = 2;

}  // namespace

std::optional<std::uint64_t> Connection::idle_turn() const {
  if (life_ != Life::open || exchange_ || !parser_.idle() || has_buffered_input_ ||
      stream_->unsent() > 0) {
    return std::nullopt;
  }
  return turn_;
}

void Connection::evict() {
  stream_->close();
  close();
}

std::size_t Connection::held_bytes() const {
  if (life_ == Life::closed) return 0;
  return stream_->unsent() + (exchange_ ? exchange_->held_bytes() : 0);
}

std::uint32_t Connection::stalled_since() const {
  return stream_->unsent() > 0 ? times_.write_progress : times_.read;
}

void Connection::end_when_idle() {
  if (exchange_ && current_.tunnelled) exchange_->drain();
  if (!exchange_ && server_.now() - times_.read >= server_.limits().linger) finish();
}

bool Connection::reads_fast_enough() {
  const ServerLimits& limits = server_.limits();
  const bool owed = stream_->unsent() > 0;
  if (!owed) {
    write_meter_.restart();
    return true;
  }
  const std::uint64_t delivered = stream_->delivered();
  if (delivered > delivered_) times_.write_progress = server_.now();
  delivered_ = delivered;
  return write_meter_.keeps_up(server_.now(), delivered, owed,
                               {.bytes_per_second = limits.write_rate, .span = limits.write});
}

bool Connection::sends_fast_enough() {
  const ServerLimits& limits = server_.limits();
  // The client owes body bytes only while there is room for them and it need not wait for 100
  // Continue.
  const bool owed = exchange_ && !request_complete() && !waiting_for_room_ &&
                    !current_.owes_continue &&
                    (response_complete() || exchange_->body_room() >= kLeastRoom);
  return body_meter_.keeps_up(server_.now(), current_.tally.body_received, owed,
                              {.bytes_per_second = limits.body_rate, .span = limits.body});
}

bool Connection::client_is_gone() const {
  // Only unsent bytes can show that a half-closed client has left; without any, silence must do.
  if (!input_ended_ || stream_->unsent() > 0) return false;
  const std::uint32_t timeout = response_begun() ? kSilence : server_.limits().half_closed;
  return server_.now() - times_.written >= timeout;
}

void Connection::sweep() {
  if (life_ == Life::closed) return;
  const std::uint32_t now = server_.now();
  const ServerLimits& limits = server_.limits();
  if (!reads_fast_enough()) return cut();
  if (life_ == Life::ending) return;
  if (current_.tunnelled) return sweep_tunnel();
  if (exchange_) {
    if (client_is_gone()) return on_closed();
    if (!sends_fast_enough()) return refuse(408, "Request Timeout");
    current_.tally.note_silence(server_, *exchange_);
  } else if (has_buffered_input_ && has_backlog()) {
    // The next request waits until the client reads.
    return;
  } else if (parser_.idle() && !(first_ && has_buffered_input_)) {
    const std::uint32_t timeout = server_.shutting_down() ? limits.linger : limits.keep_alive;
    if (now - times_.read >= timeout) finish();
  } else if (now - times_.head_began >= limits.head) {
    refuse(408, "Request Timeout");
  }
}

}  // namespace millrace::gateway
