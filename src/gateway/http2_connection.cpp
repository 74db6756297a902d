#include "gateway/http2_connection.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "gateway/internal_fields.hpp"
#include "gateway/server.hpp"

namespace millrace::gateway {

namespace {

using Outcome = observe::RequestOutcome;

/// Bytes framed at once: the kernel takes at least as many of a client that reads.
constexpr std::size_t kBatch = 64 * 1024;

http2::SessionOptions session_options(const Server& server) {
  const ServerLimits& limits = server.limits();
  http2::SessionOptions options;
  options.drop =
      server.edge().client_certificates ? &is_removed_beside_certificates : &is_internal_field;
  options.head_size = limits.head_size;
  options.streams = static_cast<std::uint32_t>(limits.http2_streams);
  // Compressed, a head is smaller; one that is refused with 431 may be somewhat larger.
  options.frames.header_block = 4 * limits.head_size;
  options.frames.continuations = 8 + limits.head_size / (16 * 1024);
  return options;
}

}  // namespace

Http2Connection::Http2Connection(Server& server, std::shared_ptr<net::Stream> stream,
                                 net::Peer peer)
    : server_(server),
      peer_(std::move(peer)),
      stream_(std::move(stream)),
      session_(static_cast<http2::Session::Observer&>(*this), session_options(server)),
      times_{.read = server.now(),
             .idle = server.now(),
             .write_progress = server.now(),
             .announced = server.now()},
      turn_(server.on_idle()) {
  stream_->observe(*this);
  flush_later();
  if (!server.edge().client_certificates) return;
  const std::string presented = stream_->client_certificate();
  if (!presented.empty()) certificate_ = std::make_unique<ClientCertificate>(presented);
}

Http2Connection::~Http2Connection() {
  // A closed connection's stream may still be sending its last bytes.
  if (life_ != Life::closed) stream_->close();
  end_streams(Outcome::cut);
  // They use the other members.
  streams_.clear();
}

std::size_t Http2Connection::on_bytes(std::string_view input) {
  // After the end, what still arrives is discarded.
  if (life_ != Life::open) return input.size();
  times_.read = server_.now();
  session_.receive(input, times_.read);
  flush_later();
  return input.size();
}

http2::Session::Stream* Http2Connection::on_request(http2::StreamId id,
                                                    const http::RequestHead& head) {
  auto stream = std::make_unique<Http2Stream>(*this, id, head);
  Http2Stream& added = *stream;
  streams_.emplace(id, std::move(stream));
  return &added;
}

void Http2Connection::on_request_ready(http2::Session::Stream& stream) {
  static_cast<Http2Stream&>(stream).begin();
}

void Http2Connection::on_refused(const http::ParseFailure& failure, std::size_t body_size) {
  server_.metrics().connections.malformed.add();
  record_refused(server_, peer_, failure.status, body_size);
}

std::string_view Http2Connection::date() const { return server_.date(); }

void Http2Connection::on_malformed() { server_.metrics().connections.malformed.add(); }

void Http2Connection::remove(http2::StreamId id) {
  streams_.erase(id);
  if (!streams_.empty()) return;
  times_.idle = server_.now();
  turn_ = server_.on_idle();
}

// Sending.

void Http2Connection::flush_later() {
  if (life_ == Life::open) server_.loop().at_turn_end(*this);
}

void Http2Connection::on_queued(std::size_t bytes) {
  if (queued_ == 0 && stream_->unsent() == 0) times_.write_progress = server_.now();
  queued_ += bytes;
  server_.on_bytes_held();
}

void Http2Connection::on_framed(http2::StreamId id, std::size_t bytes, std::size_t left) {
  queued_ -= bytes;
  framed_ += bytes;
  times_.write_progress = server_.now();
  if (left == 0) emptied_.push_back(id);
}

void Http2Connection::flush() {
  if (life_ != Life::open) return;
  std::string& output = server_.output_scratch();
  while (stream_->unsent() == 0) {
    output.clear();
    session_.send(output, kBatch);
    if (output.empty()) break;
    stream_->write(output);
  }
  if (stream_->unsent() > 0) server_.on_bytes_held();
  notify_sent();
  if (session_.is_over()) finish();
}

void Http2Connection::notify_sent() {
  for (const http2::StreamId id : std::exchange(emptied_, {})) {
    const auto found = streams_.find(id);
    if (found != streams_.end()) found->second->notify_sent();
  }
}

void Http2Connection::on_drained() {
  write_meter_.restart();
  times_.write_progress = server_.now();
  if (life_ == Life::ending) return finish();
  flush();
}

// Ending.

void Http2Connection::end(http2::ErrorCode code) {
  session_.terminate(code);
  flush_later();
}

void Http2Connection::end_when_idle() {
  if (life_ != Life::open) return;
  if (go_away_ == GoAway::none) {
    go_away_ = GoAway::announced;
    times_.announced = server_.now();
    session_.go_away();
    flush_later();
  }
  for (const auto& [id, stream] : streams_) stream->drain_tunnel();
  if (streams_.empty() && server_.now() - times_.idle >= server_.limits().linger) {
    end(http2::ErrorCode::no_error);
  }
}

void Http2Connection::end_streams(Outcome outcome) {
  for (const auto& [id, stream] : streams_) stream->end_exchange(outcome);
}

void Http2Connection::finish() {
  if (life_ == Life::closed) return;
  end_streams(session_.flood() == http2::Flood::none ? Outcome::client_left : Outcome::cut);
  if (stream_->unsent() > 0) {
    // The client may take the rest slowly, within the limits for any slow client.
    life_ = Life::ending;
    return;
  }
  stream_->finish();
  close();
}

void Http2Connection::cut() {
  if (life_ == Life::closed) return;
  end_streams(Outcome::cut);
  stream_->reset();
  close();
}

void Http2Connection::evict() {
  stream_->close();
  close();
}

void Http2Connection::close() {
  life_ = Life::closed;
  server_.destroy_later(*this);
}

void Http2Connection::on_closed() {
  if (life_ == Life::closed) return;
  end_streams(Outcome::client_left);
  stream_->close();
  close();
}

// Limits, and what the server asks to choose a connection to close.

std::optional<std::uint64_t> Http2Connection::idle_turn() const {
  if (life_ != Life::open || session_.streams() > 0 || session_.in_header_block() ||
      stream_->unsent() > 0) {
    return std::nullopt;
  }
  return turn_;
}

std::size_t Http2Connection::requests() const {
  return static_cast<std::size_t>(
      std::count_if(streams_.begin(), streams_.end(),
                    [](const auto& each) { return each.second->has_request(); }));
}

std::size_t Http2Connection::held_bytes() const {
  if (life_ == Life::closed) return 0;
  std::size_t bytes = stream_->unsent();
  for (const auto& [id, stream] : streams_) bytes += stream->held_bytes();
  return bytes;
}

std::uint32_t Http2Connection::stalled_since() const {
  return queued_ > 0 || stream_->unsent() > 0 ? times_.write_progress : times_.read;
}

bool Http2Connection::may_be_cut_for(const Exchange& asking) const {
  return std::all_of(streams_.begin(), streams_.end(),
                     [&asking](const auto& each) { return each.second->may_be_cut_for(asking); });
}

bool Http2Connection::has_input_window() const {
  return waiting_input_ < http2::SessionOptions{}.connection_window / 2;
}

bool Http2Connection::reads_fast_enough() {
  const ServerLimits& limits = server_.limits();
  const MinimalRate least{.bytes_per_second = limits.write_rate, .span = limits.write};
  const bool blocked = queued_ > 0 && stream_->unsent() == 0 && session_.is_blocked();
  if (!window_meter_.keeps_up(server_.now(), framed_, blocked, least)) return false;
  if (stream_->unsent() == 0) {
    write_meter_.restart();
    return true;
  }
  const std::uint64_t delivered = stream_->delivered();
  if (delivered > delivered_) times_.write_progress = server_.now();
  delivered_ = delivered;
  return write_meter_.keeps_up(server_.now(), delivered, true, least);
}

void Http2Connection::sweep_idle() {
  const ServerLimits& limits = server_.limits();
  const std::uint32_t timeout = server_.shutting_down() ? limits.linger : limits.keep_alive;
  if (server_.now() - times_.idle >= timeout) end(http2::ErrorCode::no_error);
}

void Http2Connection::sweep() {
  if (life_ == Life::closed) return;
  if (!reads_fast_enough()) return cut();
  if (life_ == Life::ending) return;
  if (session_.in_header_block() &&
      server_.now() - session_.block_began() >= server_.limits().head) {
    return end(http2::ErrorCode::enhance_your_calm);
  }
  // A round trip and more has passed: requests that were on their way have arrived.
  if (go_away_ == GoAway::announced && server_.now() > times_.announced) {
    go_away_ = GoAway::sent;
    session_.go_away();
    flush_later();
  }
  for (const auto& [id, stream] : streams_) stream->sweep();
  if (session_.streams() == 0 && !session_.in_header_block()) sweep_idle();
}

}  // namespace millrace::gateway
