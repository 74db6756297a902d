#include "workers/worker_streams.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "base/assert.hpp"
#include "http/fields.hpp"
#include "link/frame_encoder.hpp"
#include "workers/unread_frames.hpp"

namespace millrace::workers {

using link::Frame;
using link::Kind;

namespace {

/// Subtracts `bytes` of a response body from the credit. Returns false if the worker had too little
/// credit.
bool take_credit(OpenStream& stream, std::size_t bytes) {
  if (bytes > stream.receive_credit) return false;
  stream.receive_credit -= bytes;
  return true;
}

/// Returns whether a worker that has read `read` bytes has read nothing of the stream.
bool is_unread(const OpenStream& stream, std::uint64_t read) {
  return stream.place >= read && !stream.known;
}

}  // namespace

void WorkerStreams::open(Invocation& invocation, net::Clock::time_point now) {
  ++opened_;
  const std::uint64_t number = next_++;
  invocation.open(*this, number);
  invocation.stream()->place = channel_.written();
  invocation.stream()->since = now;
  table_.insert(number, invocation);
  watchdog_.request_sent(now);
  if (invocation.sent_before() != nullptr) return send_again(invocation);
  link::append_invoke(channel_.outgoing(), number, invocation.request, !invocation.has_body);
}

void WorkerStreams::send_again(Invocation& invocation) {
  SentBefore& sent = *invocation.sent_before();
  OpenStream& stream = *invocation.stream();
  link::append_again(channel_.outgoing(), stream.number, sent.invoke);
  const std::string body = std::exchange(sent.body, {});
  if (body.empty() && (!sent.ended || !invocation.has_body)) return;
  send_body(stream, body, sent.ended);
}

const Invocation* WorkerStreams::unread() const {
  const auto read = channel_.read_by_peer();
  if (!read) return nullptr;
  for (const std::uint64_t number : table_.streams()) {
    Invocation* const one = table_.find(number);
    if (is_unread(*one->stream(), *read) && one->times_taken_back() < kMostTimes) return one;
  }
  return nullptr;
}

std::vector<WorkerStreams::TakenBack> WorkerStreams::take_back() {
  auto unread = channel_.withdraw();
  if (!unread) return {};
  // The first border between two frames that is known.
  std::uint64_t border = unread->place + unread->bytes.size();
  for (const std::uint64_t number : table_.streams()) {
    const OpenStream& stream = *table_.find(number)->stream();
    if (is_unread(stream, unread->place)) border = std::min(border, stream.place);
  }
  const auto sorted =
      sort_unread(unread->bytes, border - unread->place, [this](std::uint64_t number) {
        Invocation* const invocation = table_.find(number);
        if (invocation == nullptr) return UnreadFate::drop;
        // A hostile worker may send frames for a stream that it has not read.
        const bool can_go =
            !invocation->stream()->known && invocation->times_taken_back() < kMostTimes;
        return can_go ? UnreadFate::take : UnreadFate::leave;
      });
  if (!sorted) {
    channel_.give_up(ChannelEnd::undecided);
    return {};
  }
  for (const auto& [number, at] : sorted->places) {
    table_.find(number)->stream()->place = unread->place + at;
  }
  std::vector<TakenBack> taken;
  for (const auto& [number, sent] : sorted->taken) {
    Invocation& invocation = *table_.find(number);
    taken.push_back({.invocation = &invocation, .since = invocation.stream()->since});
    table_.erase(number);
    --opened_;
    invocation.take_back(sent);
  }
  channel_.write_again(sorted->rest);
  return taken;
}

std::size_t WorkerStreams::body_credit(const OpenStream& stream) const {
  return channel_.congested() ? 0 : stream.send_credit;
}

void WorkerStreams::send_body(OpenStream& stream, std::string_view bytes, bool end) {
  MILLRACE_ASSERT(bytes.size() <= stream.send_credit);
  stream.send_credit -= bytes.size();
  do {
    const std::string_view chunk = bytes.substr(0, protocol::kMaxBodyChunk);
    bytes.remove_prefix(chunk.size());
    if (!channel_.closed()) channel_.send(Kind::body, stream.number, chunk, end && bytes.empty());
  } while (!bytes.empty());
  if (!end) return;
  stream.request_ended = true;
  if (stream.tunnel) {
    if (stream.tunnel_ended) close(*table_.find(stream.number));
    return;
  }
  // If the limit of streaming responses is reached, it stays counted among the working ones.
  if (stream.response_begun) static_cast<void>(begin_streaming(stream));
}

void WorkerStreams::consumed(OpenStream& stream, std::size_t bytes) {
  stream.ungranted += bytes;
  // Credit is granted in halves of the window, so that the worker can keep sending without a frame
  // for each chunk.
  if (stream.ungranted < protocol::kInitialCredit / 2) return;
  const auto granted = static_cast<std::uint32_t>(std::exchange(stream.ungranted, 0));
  stream.receive_credit += granted;
  if (!channel_.closed()) link::append_credit(channel_.outgoing(), stream.number, granted);
}

void WorkerStreams::abort(Invocation& invocation, link::AbortReason reason) {
  const std::uint64_t number = invocation.stream()->number;
  if (!channel_.closed()) link::append_abort(channel_.outgoing(), number, reason);
  close(invocation);
}

void WorkerStreams::drain(OpenStream& stream) {
  if (!channel_.closed()) channel_.send(Kind::drain, stream.number, {});
}

void WorkerStreams::expire(Invocation& invocation, net::Clock::time_point now) {
  report_.expired({.generation = invocation.request.generation,
                   .route = invocation.request.route,
                   .stream = invocation.stream()->number});
  abort(invocation, link::AbortReason::deadline);
  if (!channel_.closed()) {
    if (const auto ping = watchdog_.deadline_passed(now)) {
      link::append_ping(channel_.outgoing(), *ping, false);
    }
  }
  invocation.observer().on_failed(Failure::deadline);
}

bool WorkerStreams::begin_streaming(OpenStream& stream) {
  if (streaming_full()) return false;
  stream.streaming_since = net::Clock::now();
  ++streaming_;
  observer_.on_room();
  return true;
}

void WorkerStreams::uncount(const OpenStream& stream) {
  if (stream.tunnel) {
    --tunnels_;
  } else if (stream.streaming_since) {
    --streaming_;
  }
}

void WorkerStreams::close(Invocation& invocation) {
  const OpenStream& stream = *invocation.stream();
  table_.erase(stream.number);
  if (recent_ && !invocation.tag.method.empty()) recent_->add(stream.number, invocation.tag);
  uncount(stream);
  invocation.close();
  observer_.on_room();
}

std::optional<RequestTag> WorkerStreams::tag_of(std::uint64_t stream) const {
  const Invocation* const open = stream == 0 ? nullptr : table_.find(stream);
  if (open == nullptr) return recent_ ? recent_->find(stream) : std::nullopt;
  // A fill of the cache has no client.
  if (open->tag.method.empty()) return std::nullopt;
  return open->tag;
}

bool WorkerStreams::on_frame(const Frame& frame) {
  if (frame.stream == 0 || frame.stream >= next_) return false;
  Invocation* const invocation = table_.find(frame.stream);
  // The stream ended on our side while this frame was in transit.
  if (invocation == nullptr) return true;
  invocation->stream()->known = true;
  switch (frame.kind) {
    case Kind::response:
      return on_response(*invocation, frame);
    case Kind::upgrade:
      return on_upgrade(*invocation, frame);
    case Kind::inform:
      return on_inform(*invocation, frame);
    case Kind::body:
      return on_body(*invocation, frame.payload, frame.end());
    case Kind::end:
      // Trailer fields are accepted and dropped: HTTP lets a recipient discard them.
      return on_body(*invocation, {}, true);
    case Kind::credit:
      return on_credit(*invocation, frame);
    case Kind::abort: {
      const bool tunnel = invocation->stream()->tunnel;
      close(*invocation);
      invocation->observer().on_failed(tunnel ? Failure::tunnel_closed : Failure::handler_failed);
      return true;
    }
    default:
      return false;
  }
}

bool WorkerStreams::on_response(Invocation& invocation, const Frame& frame) {
  const auto response = link::decode_response(frame.payload);
  OpenStream& stream = *invocation.stream();
  if (!response || stream.response_begun || !http::validate_fields(response->fields) ||
      !http::is_field_value(response->reason) || !take_credit(stream, response->body.size())) {
    return false;
  }
  stream.response_begun = true;
  report_.response_begun(stream.number);
  observer_.on_response_begun(invocation.request.generation, invocation.request.route);
  if (frame.end()) {
    close(invocation);
  } else if (stream.request_ended && !begin_streaming(stream)) {
    abort(invocation, link::AbortReason::no_room);
    invocation.observer().on_failed(Failure::unavailable);
    return true;
  }
  invocation.observer().on_response(*response, frame.end());
  return true;
}

bool WorkerStreams::on_upgrade(Invocation& invocation, const Frame& frame) {
  OpenStream& stream = *invocation.stream();
  if (!invocation.request.upgrade || stream.response_begun ||
      !http::validate_fields(frame.payload)) {
    return false;
  }
  if (tunnels_full()) {
    abort(invocation, link::AbortReason::no_room);
    invocation.observer().on_failed(Failure::unavailable);
    return true;
  }
  stream.response_begun = true;
  stream.tunnel = true;
  stream.request_ended = false;
  stream.streaming_since = net::Clock::now();
  ++tunnels_;
  // A tunnel lasts as long as its two sides like.
  invocation.clear_deadline();
  report_.response_begun(stream.number);
  observer_.on_response_begun(invocation.request.generation, invocation.request.route);
  observer_.on_room();
  invocation.observer().on_upgrade(frame.payload);
  return true;
}

bool WorkerStreams::on_inform(Invocation& invocation, const Frame& frame) {
  if (invocation.stream()->response_begun || !http::validate_fields(frame.payload)) return false;
  invocation.observer().on_inform(frame.payload);
  return true;
}

bool WorkerStreams::on_tunnelled(Invocation& invocation, std::string_view bytes, bool end) {
  OpenStream& stream = *invocation.stream();
  if (stream.tunnel_ended) return false;
  stream.tunnel_ended = end;
  if (end && stream.request_ended) close(invocation);
  invocation.observer().on_body(bytes, end);
  return true;
}

bool WorkerStreams::on_body(Invocation& invocation, std::string_view bytes, bool end) {
  OpenStream& stream = *invocation.stream();
  if (!stream.response_begun || !take_credit(stream, bytes.size())) return false;
  if (stream.tunnel) return on_tunnelled(invocation, bytes, end);
  if (end) close(invocation);
  invocation.observer().on_body(bytes, end);
  return true;
}

bool WorkerStreams::on_credit(Invocation& invocation, const Frame& frame) {
  const auto bytes = link::decode_credit(frame.payload);
  OpenStream& stream = *invocation.stream();
  // More than the window outstanding means that the worker grants credit for bytes that it never
  // received.
  if (!bytes || stream.send_credit + *bytes > protocol::kInitialCredit) return false;
  stream.send_credit += *bytes;
  invocation.observer().on_writable();
  return true;
}

void WorkerStreams::notify_writable() {
  for (const std::uint64_t number : table_.streams()) {
    Invocation* const invocation = table_.find(number);
    if (invocation != nullptr && !invocation->stream()->request_ended) {
      invocation->observer().on_writable();
    }
  }
}

void WorkerStreams::fail_all() {
  const auto now = net::Clock::now();
  const std::vector<std::uint64_t> numbers = table_.streams();
  std::vector<InFlight> open;
  open.reserve(numbers.size());
  for (const std::uint64_t number : numbers) {
    Invocation& invocation = *table_.find(number);
    InFlight one{.generation = invocation.request.generation,
                 .route = invocation.request.route,
                 .stream = number};
    if (const auto since = invocation.stream()->streaming_since) {
      one.streaming_for = std::chrono::duration_cast<std::chrono::milliseconds>(now - *since);
    }
    open.push_back(one);
  }
  report_.failed(std::move(open));
  for (const std::uint64_t number : numbers) {
    // A requester may abort other invocations when its own fails.
    Invocation* const invocation = table_.find(number);
    if (invocation == nullptr) continue;
    table_.erase(number);
    uncount(*invocation->stream());
    invocation->fail(Failure::worker_died);
  }
}

}  // namespace millrace::workers
