#include "workers/link_session.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "base/little_endian.hpp"
#include "link/frame_encoder.hpp"

namespace millrace::workers {

using link::Frame;
using link::Kind;

namespace {

/// The most CPU time between two samples, in milliseconds: a day's. A hostile worker may report more.
constexpr double kMostCpuMs = 86'400'000;

/// Returns the JSON object in a payload; nullopt if it is not one.
std::optional<boost::json::object> parse_object(std::string_view payload) {
  boost::system::error_code error;
  boost::json::value value = boost::json::parse(payload, error);
  if (error || !value.is_object()) return std::nullopt;
  return std::move(value.get_object());
}

/// Returns the value of a boolean frame for the whole link: false for a payload of 0, true for any
/// other byte; nullopt if the frame is malformed.
std::optional<bool> parse_switch(const Frame& frame) {
  if (frame.stream != 0 || frame.payload.size() != 1) return std::nullopt;
  return frame.payload.front() != 0;
}

std::unique_ptr<Channel> open_channel(net::EventLoop& loop, LinkSession::Peer peer,
                                      Channel::Observer& observer) {
  if (auto* const socket = std::get_if<base::UniqueFd>(&peer)) {
    return std::make_unique<Channel>(loop, std::move(*socket), observer);
  }
  return std::make_unique<Channel>(loop, std::get<InlineFactory>(peer), observer);
}

double held_bytes(const Sample& sample) {
  return static_cast<double>(sample.heap_used + sample.external);
}

}  // namespace

LinkSession::LinkSession(net::EventLoop& loop, Peer peer, SessionOptions options,
                         Watchdog& watchdog, CrashReport& report, WorkerServices& services,
                         Observer& observer)
    : loop_(loop),
      role_(options.role),
      load_(std::move(options.load)),
      watchdog_(watchdog),
      report_(report),
      services_(services),
      observer_(observer),
      channel_(open_channel(loop, std::move(peer), *this)),
      streams_(*channel_, options.streams, watchdog, report, observer),
      cache_(*channel_, services, std::move(options.cache_scope)) {}

LinkSession::~LinkSession() {
  *alive_ = false;
  streams_.fail_all();
}

void LinkSession::load(const Load& load) {
  load_ = load;
  if (load_.follows_requests) streams_.keep_tags();
  if (hello_received() && !closed()) send_load();
}

void LinkSession::send_load() {
  const std::string payload = load_payload(load_);
  if (payload.size() <= protocol::kMaxPayload) return channel_->send(Kind::load, 0, payload);
  loop_.post([this, alive = alive_, generation = load_.generation] {
    if (!*alive) return;
    observer_.on_load_failed(generation,
                             "the environment and the route numbers do not fit in one frame of the "
                             "link");
  });
}

void LinkSession::ping(net::Clock::time_point now, bool sample) {
  if (watchdog_.awaits_pong() || closed()) return;
  const std::uint64_t number = watchdog_.pinged(now);
  proof_.pinged(number, streams_.newest());
  link::append_ping(channel_->outgoing(), number, sample);
}

bool LinkSession::listen(net::Clock::time_point now) {
  if (closed()) return false;
  if (proof_.due(streams_.newest(), channel_->bytes_read())) ping(now, false);
  return proof_.missing(streams_.newest());
}

void LinkSession::snapshot(std::string_view path) {
  if (closed()) return;
  const boost::json::object request{{"id", ++snapshots_.requested}, {"path", path}};
  const std::string payload = boost::json::serialize(request);
  if (payload.size() > protocol::kMaxPayload) return;
  channel_->send(Kind::snapshot, 0, payload);
  ++snapshots_.open;
  watchdog_.restart();
}

void LinkSession::drain() { channel_->send(Kind::drain, 0, {}); }

Activity LinkSession::activity() const {
  if (snapshots_.open > 0) return Activity::writing_snapshot;
  return modules_ == Modules::loading ? Activity::loading_modules : Activity::serving;
}

LinkProgress LinkSession::progress() const {
  return {.read = channel_->bytes_read(),
          .arrived = channel_->bytes_arrived(),
          .read_by_worker = channel_->read_while_paused(),
          .closed = channel_->closed()};
}

bool LinkSession::on_frame(const Frame& frame) {
  if (!role_.may_send(frame.kind)) return false;
  if (watchdog_.frame_received()) observer_.on_room();
  switch (frame.kind) {
    case Kind::hello:
      return on_hello(frame);
    case Kind::ready:
      return on_ready(frame);
    case Kind::log:
      return on_log(frame);
    case Kind::cache:
      return hello_received() && cache_.on_frame(frame, load_.generation);
    case Kind::stats:
      return on_stats(frame);
    case Kind::pong:
      return on_pong(frame);
    case Kind::loading:
      return on_loading(frame);
    case Kind::listening:
      return on_listening(frame);
    case Kind::snapshot:
      return on_snapshot();
    default:
      return streams_.on_frame(frame);
  }
}

bool LinkSession::on_hello(const Frame& frame) {
  const auto hello = parse_object(frame.payload);
  if (hello_received() || !hello) return false;
  const auto* protocol = hello->if_contains("protocol");
  const auto* role = hello->if_contains("role");
  if (protocol == nullptr || !protocol->is_int64() ||
      protocol->get_int64() != protocol::kProtocolVersion || role == nullptr ||
      !role->is_string() || std::string_view(role->get_string()) != role_.name()) {
    return false;
  }
  handshake_ = Handshake::hello_received;
  if (load_.follows_requests) streams_.keep_tags();
  send_load();
  return true;
}

bool LinkSession::on_ready(const Frame& frame) {
  const auto ready = parse_object(frame.payload);
  if (!hello_received() || !ready) return false;
  const auto* number = ready->if_contains("generation");
  if (number == nullptr || !number->is_int64()) return false;
  const std::int64_t found = number->get_int64();
  if (found < 0 || found > load_.generation) return false;
  const auto generation = static_cast<std::uint32_t>(found);
  if (const auto* error = ready->if_contains("error")) {
    if (!error->is_string()) return false;
    observer_.on_load_failed(generation, error->get_string());
    return true;
  }
  generations_ =
      Generations{.oldest = generations_ ? generations_->oldest : generation, .newest = generation};
  observer_.on_loaded(generation);
  return true;
}

bool LinkSession::on_log(const Frame& frame) {
  if (frame.payload.empty()) return false;
  const auto level = static_cast<std::uint8_t>(frame.payload.front());
  if (level < static_cast<std::uint8_t>(link::LogLevel::debug) ||
      level > static_cast<std::uint8_t>(link::LogLevel::error)) {
    return false;
  }
  const std::optional<RequestTag> tag = streams_.tag_of(frame.stream);
  services_.log_of_worker(static_cast<link::LogLevel>(level), frame.payload.substr(1),
                          tag ? &*tag : nullptr);
  return true;
}

bool LinkSession::on_stats(const Frame& frame) {
  auto sample = parse_sample(frame.payload);
  if (!hello_received() || !sample) return false;
  if (sample_.rss > 0) change_.growth = held_bytes(*sample) - held_bytes(sample_);
  const double cpu_ms = std::clamp(sample->cpu_ms - sample_.cpu_ms, 0.0, kMostCpuMs);
  change_.cpu = std::chrono::nanoseconds(static_cast<std::int64_t>(cpu_ms * 1e6));
  sample_ = *std::move(sample);
  observer_.on_sample();
  return true;
}

bool LinkSession::on_pong(const Frame& frame) {
  if (frame.payload.size() != sizeof(std::uint64_t)) return false;
  const auto number = base::load_le<std::uint64_t>(frame.payload.data());
  if (!watchdog_.ponged(number, net::Clock::now())) return false;
  proof_.ponged(number);
  report_.loop_turned();
  return true;
}

bool LinkSession::on_loading(const Frame& frame) {
  const auto loading = parse_switch(frame);
  if (!hello_received() || !loading) return false;
  modules_ = *loading ? Modules::loading : Modules::loaded;
  watchdog_.activity_changed();
  return true;
}

bool LinkSession::on_listening(const Frame& frame) {
  if (!hello_received() || frame.stream != 0 || frame.payload.size() != 1) return false;
  switch (frame.payload.front()) {
    case 0:
      unrouted_ = Unrouted::none;
      return true;
    case 1:
      unrouted_ = Unrouted::all;
      return true;
    case 2:
      unrouted_ = Unrouted::upgrades;
      return true;
    default:
      return false;
  }
}

bool LinkSession::on_snapshot() {
  // The worker also logs the outcome.
  if (snapshots_.open > 0) --snapshots_.open;
  watchdog_.restart();
  return hello_received();
}

void LinkSession::on_channel_drained() {
  watchdog_.frames_read();
  observer_.on_room();
  streams_.notify_writable();
}

}  // namespace millrace::workers
