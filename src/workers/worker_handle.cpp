#include "workers/worker_handle.hpp"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "base/assert.hpp"
#include "base/little_endian.hpp"
#include "http/fields.hpp"
#include "link/frame_encoder.hpp"

namespace millrace::workers {

using link::Frame;
using link::Kind;

namespace {

/// A question to the data cache, its value escaped as JSON may be, fits by far.
constexpr std::size_t kLongestCacheRequest = std::size_t{16} * 1024 * 1024;

/// A heap so near its limit when the process aborted was the reason.
constexpr double kFullHeap = 0.7;

/// The JSON object of a frame; nothing where it is none.
std::optional<boost::json::object> parse_object(std::string_view payload) {
  boost::system::error_code error;
  boost::json::value value = boost::json::parse(payload, error);
  if (error || !value.is_object()) return std::nullopt;
  return std::move(value.get_object());
}

std::string load_payload(const Load& load) {
  boost::json::object object{{"generation", load.generation},
                             {"manifest", load.manifest},
                             {"root", load.root},
                             {"mode", load.mode}};
  if (!load.environment_json.empty()) {
    // Env files may hold bytes that are no UTF-8.
    boost::json::parse_options options;
    options.allow_invalid_utf8 = true;
    boost::system::error_code error;
    boost::json::value environment =
        boost::json::parse(load.environment_json, error, boost::json::storage_ptr(), options);
    if (!error) object["env"] = std::move(environment);
  }
  if (load.eager) {
    object["eager"] = true;
    // Code of other pools must not run in this one's workers: they may be the server itself.
    boost::json::array own;
    for (std::size_t i = 0; i < load.routes->size(); ++i) {
      if ((*load.routes)[i].pool == load.pool) own.emplace_back(i);
    }
    object["routes"] = std::move(own);
  }
  return boost::json::serialize(object);
}

}  // namespace

base::Result<std::unique_ptr<WorkerHandle>> WorkerHandle::start(net::EventLoop& loop,
                                                                const Role& role,
                                                                const Launch& launch,
                                                                const Load& load,
                                                                Observer& observer) {
  std::unique_ptr<WorkerHandle> handle(new WorkerHandle(loop, role, load, observer));
  if (launch.inline_peer) {
    handle->inline_ = true;
    handle->pid_ = ::getpid();
    handle->channel_ = std::make_unique<Channel>(loop, launch.inline_peer,
                                                 static_cast<Channel::Observer&>(*handle));
    return handle;
  }
  auto spawned =
      ChildProcess::spawn(loop, launch, [raw = handle.get()](Exit exit) { raw->on_exit(exit); });
  if (!spawned) return spawned.error();
  handle->process_ = std::move(spawned->process);
  handle->pid_ = handle->process_->pid();
  handle->channel_ = std::make_unique<Channel>(loop, std::move(spawned->link),
                                               static_cast<Channel::Observer&>(*handle));
  return handle;
}

WorkerHandle::WorkerHandle(net::EventLoop& loop, const Role& role, const Load& load,
                           Observer& observer)
    : loop_(loop),
      role_(role),
      load_(load),
      observer_(observer),
      state_since_(net::Clock::now()),
      started_at_(state_since_),
      oldest_generation_(load.generation) {}

WorkerHandle::~WorkerHandle() {
  *alive_ = false;
  fail_all();
}

void WorkerHandle::enter(WorkerState state) {
  state_ = state;
  state_since_ = net::Clock::now();
  spent_.stop();
}

void WorkerHandle::drain() {
  if (state_ != WorkerState::starting && state_ != WorkerState::ready) return;
  enter(WorkerState::draining);
  drained_ = true;
  channel_->send(Kind::drain, 0, {});
}

void WorkerHandle::kill(std::string_view reason) {
  if (state_ == WorkerState::dead) return;
  if (killed_because_.empty()) killed_because_ = reason;
  // From now on it takes nothing new; the exit tells the rest.
  enter(WorkerState::draining);
  if (process_) process_->send_signal(SIGKILL);
  if (!inline_) return;
  exit_ = Exit{};
  loop_.post([this, alive = alive_] {
    if (*alive) settle();
  });
}

void WorkerHandle::load(const Load& load) {
  load_ = load;
  if (greeted_ && !channel_->closed()) send_load();
}

void WorkerHandle::send_load() {
  const std::string payload = load_payload(load_);
  if (payload.size() <= protocol::kMaxPayload) return channel_->send(Kind::load, 0, payload);
  loop_.post([this, alive = alive_, generation = load_.generation] {
    if (!*alive) return;
    observer_.on_load_failed(*this, generation,
                             "the environment and the numbers of the routes are too much for one "
                             "frame of the link");
  });
}

void WorkerHandle::ping(net::Clock::time_point now, bool sample) {
  if (state_ != WorkerState::ready || pulse_.pinged_at() || channel_->closed()) return;
  send_ping(now, sample);
}

void WorkerHandle::send_ping(net::Clock::time_point now, bool sample) {
  link::append_ping(channel_->outgoing(), ++pings_, sample);
  pulse_.pinged(now);
  last_ping_at_ = now;
}

void WorkerHandle::expire(Invocation& invocation, net::Clock::time_point now) {
  overdue_.push_back({.generation = invocation.request.generation,
                      .route = invocation.request.route,
                      .stream = invocation.stream()->number});
  abort(invocation, link::AbortReason::deadline);
  if (!overdue_since_ && state_ == WorkerState::ready && !channel_->closed()) {
    // A pong that is on its way may be older than the abort: only one to this ping counts.
    send_ping(now, false);
    overdue_since_ = now;
    overdue_ping_ = pings_;
  }
  invocation.observer().on_failed(Failure::deadline);
}

void WorkerHandle::invoke(Invocation& invocation, net::Clock::time_point now) {
  ++invocations_;
  const std::uint64_t number = next_stream_++;
  invocation.open(*this, number);
  streams_.insert(number, invocation);
  pulse_.asked(now);
  link::append_invoke(channel_->outgoing(), number, invocation.request, !invocation.has_body);
}

std::size_t WorkerHandle::body_credit(const OpenStream& stream) const {
  return channel_->congested() ? 0 : stream.send_credit;
}

void WorkerHandle::send_body(OpenStream& stream, std::string_view bytes, bool end) {
  MILLRACE_ASSERT(bytes.size() <= stream.send_credit);
  stream.send_credit -= bytes.size();
  do {
    const std::string_view chunk = bytes.substr(0, protocol::kMaxBodyChunk);
    bytes.remove_prefix(chunk.size());
    if (!channel_->closed()) {
      channel_->send(Kind::body, stream.number, chunk, end && bytes.empty());
    }
  } while (!bytes.empty());
  if (!end) return;
  stream.request_ended = true;
  // Where there is no room among the streaming ones, it stays where it is counted.
  if (stream.response_begun) static_cast<void>(begin_streaming(stream));
}

void WorkerHandle::consumed(OpenStream& stream, std::size_t bytes) {
  stream.ungranted += bytes;
  // Granting by halves keeps the worker sending without a frame for each chunk.
  if (stream.ungranted < protocol::kInitialCredit / 2) return;
  const auto granted = static_cast<std::uint32_t>(std::exchange(stream.ungranted, 0));
  stream.receive_credit += granted;
  if (!channel_->closed()) link::append_credit(channel_->outgoing(), stream.number, granted);
}

bool WorkerHandle::begin_streaming(OpenStream& stream) {
  if (streams_full()) return false;
  stream.streaming_since = net::Clock::now();
  ++streaming_;
  if (state_ == WorkerState::ready) observer_.on_worker_freed(*this);
  return true;
}

void WorkerHandle::abort(Invocation& invocation, link::AbortReason reason) {
  const std::uint64_t number = invocation.stream()->number;
  if (!channel_->closed()) link::append_abort(channel_->outgoing(), number, reason);
  close_stream(invocation);
}

void WorkerHandle::close_stream(Invocation& invocation) {
  const OpenStream& stream = *invocation.stream();
  streams_.erase(stream.number);
  if (stream.streaming_since) --streaming_;
  invocation.close();
  if (state_ == WorkerState::ready) observer_.on_worker_freed(*this);
}

bool WorkerHandle::on_frame(const Frame& frame) {
  if (!role_.may_send(frame.kind)) return false;
  heard();
  switch (frame.kind) {
    case Kind::hello:
      return on_hello(frame);
    case Kind::ready:
      return on_ready(frame);
    case Kind::log:
      return on_log(frame);
    case Kind::cache:
      return on_cache(frame);
    case Kind::stats:
      return on_stats(frame);
    case Kind::pong:
      return on_pong(frame);
    case Kind::loading:
      return on_loading(frame);
    case Kind::listening:
      return on_listening(frame);
    case Kind::snapshot:
      // What it says is in the log, too.
      if (snapshots_open_ > 0) --snapshots_open_;
      spent_.stop();
      return greeted_;
    default:
      return on_stream_frame(frame);
  }
}

bool WorkerHandle::on_hello(const Frame& frame) {
  const auto hello = parse_object(frame.payload);
  if (greeted_ || !hello) return false;
  const auto* protocol = hello->if_contains("protocol");
  const auto* role = hello->if_contains("role");
  if (protocol == nullptr || !protocol->is_int64() ||
      protocol->get_int64() != protocol::kProtocolVersion || role == nullptr ||
      !role->is_string() || std::string_view(role->get_string()) != role_.name()) {
    return false;
  }
  greeted_ = true;
  send_load();
  return true;
}

bool WorkerHandle::on_ready(const Frame& frame) {
  const auto ready = parse_object(frame.payload);
  if (!greeted_ || !ready) return false;
  const auto* number = ready->if_contains("generation");
  if (number == nullptr || !number->is_int64()) return false;
  const std::int64_t generation = number->get_int64();
  if (generation < 0 || generation > load_.generation) return false;
  if (const auto* error = ready->if_contains("error")) {
    if (!error->is_string()) return false;
    observer_.on_load_failed(*this, static_cast<std::uint32_t>(generation), error->get_string());
    return true;
  }
  if (!generation_) oldest_generation_ = static_cast<std::uint32_t>(generation);
  generation_ = static_cast<std::uint32_t>(generation);
  if (state_ == WorkerState::starting) {
    was_ready_ = true;
    enter(WorkerState::ready);
  }
  if (state_ == WorkerState::ready) observer_.on_worker_ready(*this, *generation_);
  return true;
}

bool WorkerHandle::on_log(const Frame& frame) {
  if (frame.payload.empty()) return false;
  const auto level = static_cast<std::uint8_t>(frame.payload.front());
  if (level < static_cast<std::uint8_t>(link::LogLevel::debug) ||
      level > static_cast<std::uint8_t>(link::LogLevel::error)) {
    return false;
  }
  observer_.on_worker_log(*this, static_cast<link::LogLevel>(level), frame.payload.substr(1));
  return true;
}

bool WorkerHandle::on_cache(const Frame& frame) {
  if (!greeted_ || frame.stream != 0) return false;
  if (cache_request_.size() + frame.payload.size() > kLongestCacheRequest) return false;
  cache_request_ += frame.payload;
  if (!frame.end()) return true;
  const std::string request = std::exchange(cache_request_, {});
  return observer_.on_worker_cache(*this, request, [this, alive = alive_](std::string_view answer) {
    if (*alive) send_cached(answer);
  });
}

bool WorkerHandle::on_stats(const Frame& frame) {
  auto sample = parse_sample(frame.payload);
  if (!greeted_ || !sample) return false;
  const auto held = [](const Sample& of) {
    return static_cast<double>(of.heap_used + of.external);
  };
  if (sample_.rss > 0) grown_ = held(*sample) - held(sample_);
  sample_ = *std::move(sample);
  observer_.on_worker_sample(*this);
  return true;
}

void WorkerHandle::snapshot(std::string_view path) {
  if (state_ != WorkerState::ready || channel_->closed()) return;
  const boost::json::object asked{{"id", ++snapshots_}, {"path", path}};
  const std::string payload = boost::json::serialize(asked);
  if (payload.size() > protocol::kMaxPayload) return;
  channel_->send(Kind::snapshot, 0, payload);
  // Its event loop stands still meanwhile, as it was asked to.
  ++snapshots_open_;
  spent_.stop();
}

bool WorkerHandle::on_pong(const Frame& frame) {
  // An earlier ping may be answered after a later one was sent: all that counts is the last.
  if (frame.payload.size() != sizeof(std::uint64_t) || pings_ == 0) return false;
  lag_ = net::Clock::now() - last_ping_at_;
  // Its event loop has turned since: what took too long waits for something.
  overdue_.clear();
  if (base::load_le<std::uint64_t>(frame.payload.data()) >= overdue_ping_) overdue_since_.reset();
  return true;
}

void WorkerHandle::send_cached(std::string_view answer) {
  if (channel_->closed()) return;
  for (std::size_t at = 0; at < answer.size(); at += protocol::kMaxPayload) {
    const std::string_view part = answer.substr(at, protocol::kMaxPayload);
    channel_->send(Kind::cached, 0, part, at + part.size() == answer.size());
  }
}

bool WorkerHandle::on_stream_frame(const Frame& frame) {
  if (frame.stream == 0 || frame.stream >= next_stream_) return false;
  Invocation* invocation = streams_.find(frame.stream);
  // Late: the stream ended on our side while this frame was on its way.
  if (invocation == nullptr) return true;
  switch (frame.kind) {
    case Kind::response:
      return on_response(*invocation, frame);
    case Kind::body:
      return on_body(*invocation, frame.payload, frame.end());
    case Kind::end:
      // Trailer fields are accepted and dropped: HTTP lets a recipient discard them.
      return on_body(*invocation, {}, true);
    case Kind::credit:
      return on_credit(*invocation, frame);
    case Kind::abort:
      close_stream(*invocation);
      invocation->observer().on_failed(Failure::handler_failed);
      return true;
    default:
      return false;
  }
}

bool WorkerHandle::take_credit(OpenStream& stream, std::size_t bytes) {
  if (bytes > stream.receive_credit) return false;
  stream.receive_credit -= bytes;
  return true;
}

bool WorkerHandle::on_response(Invocation& invocation, const Frame& frame) {
  const auto response = link::decode_response(frame.payload);
  OpenStream& stream = *invocation.stream();
  if (!response || stream.response_begun || !http::validate_fields(response->fields) ||
      !http::is_field_value(response->reason) || !take_credit(stream, response->body.size())) {
    return false;
  }
  stream.response_begun = true;
  last_answered_ = std::max(last_answered_, stream.number);
  observer_.on_worker_answered(*this, invocation.request.generation, invocation.request.route);
  if (frame.end()) {
    close_stream(invocation);
  } else if (stream.request_ended && !begin_streaming(stream)) {
    abort(invocation, link::AbortReason::no_room);
    invocation.observer().on_failed(Failure::unavailable);
    return true;
  }
  invocation.observer().on_response(*response, frame.end());
  return true;
}

bool WorkerHandle::on_body(Invocation& invocation, std::string_view bytes, bool end) {
  OpenStream& stream = *invocation.stream();
  if (!stream.response_begun || !take_credit(stream, bytes.size())) return false;
  if (end) close_stream(invocation);
  invocation.observer().on_body(bytes, end);
  return true;
}

bool WorkerHandle::on_credit(Invocation& invocation, const Frame& frame) {
  const auto bytes = link::decode_credit(frame.payload);
  OpenStream& stream = *invocation.stream();
  // More than the window outstanding means that the worker grants what it never got.
  if (!bytes || stream.send_credit + *bytes > protocol::kInitialCredit) return false;
  stream.send_credit += *bytes;
  invocation.observer().on_writable();
  return true;
}

void WorkerHandle::on_channel_drained() {
  // Whoever reads is not blocked.
  static_cast<void>(pulse_.heard());
  if (state_ == WorkerState::ready) observer_.on_worker_freed(*this);
  for (const std::uint64_t stream : streams_.streams()) {
    Invocation* const invocation = streams_.find(stream);
    if (invocation != nullptr && !invocation->stream()->request_ended) {
      invocation->observer().on_writable();
    }
  }
}

void WorkerHandle::on_channel_closed(ChannelEnd how) {
  if (how != ChannelEnd::closed) {
    killed_because_ =
        how == ChannelEnd::unread ? "does not read its link" : "broke the link protocol";
    if (process_) process_->send_signal(SIGKILL);
  } else if (state_ != WorkerState::draining && process_) {
    // Without its link it is of no use to anybody.
    process_->send_signal(SIGKILL);
  }
  if (state_ == WorkerState::ready) enter(WorkerState::draining);
  fail_all();
  if (inline_) {
    // Not now: nobody dies inside a call of its own.
    exit_ = Exit{};
    loop_.post([this, alive = alive_] {
      if (*alive) die(death_by(*exit_));
    });
    return;
  }
  if (exit_) die(death_by(*exit_));
}

void WorkerHandle::on_exit(Exit exit) {
  exit_ = exit;
  if (channel_->closed()) return die(death_by(exit));
  // What it sent before it ended may still wait in the socket: answers that count.
  channel_->peer_has_ended();
  bytes_at_settle_ = channel_->bytes_read();
  loop_.post([this, alive = alive_] {
    if (*alive) settle();
  });
}

void WorkerHandle::settle() {
  if (state_ == WorkerState::dead) return;
  // Beside what waits in the kernel there may be a read that has been made and not been told of.
  if (!channel_->closed() && channel_->bytes_arrived() != bytes_at_settle_) return on_exit(*exit_);
  channel_->close();
  die(death_by(*exit_));
}

void WorkerHandle::fail_all() {
  at_hand_.insert(at_hand_.end(), overdue_.begin(), overdue_.end());
  const std::size_t overdue = at_hand_.size();
  overdue_.clear();
  const std::vector<Invocation*> inside = streams_.take_all();
  streaming_ = 0;
  for (Invocation* invocation : inside) {
    at_hand_.push_back({.generation = invocation->request.generation,
                        .route = invocation->request.route,
                        .stream = invocation->stream()->number});
  }
  // Handlers run in the order of coming: the first that came after the last that was answered is the
  // likeliest to have done it, those before it wait for something.
  std::sort(at_hand_.begin() + static_cast<std::ptrdiff_t>(overdue), at_hand_.end(),
            [this](const AtHand& a, const AtHand& b) {
              const bool a_waits = a.stream < last_answered_;
              const bool b_waits = b.stream < last_answered_;
              return a_waits != b_waits ? b_waits : a.stream < b.stream;
            });
  for (Invocation* invocation : inside) invocation->fail(Failure::worker_died);
}

bool WorkerHandle::ended_as_asked() const {
  if (!drained_ || !killed_because_.empty() || !exit_ || !at_hand_.empty()) return false;
  // Listeners of the project's may end it as they like: with a code of theirs, or by the signal.
  return exit_->signal == 0 || exit_->signal == SIGTERM || exit_->signal == SIGINT;
}

bool WorkerHandle::killed_from_outside() const {
  return killed_because_.empty() && exit_ && exit_->signal == SIGKILL;
}

std::string WorkerHandle::death_by(const Exit& exit) const {
  std::string cause = exit.to_string();
  const auto used = static_cast<double>(sample_.heap_used);
  const auto limit = static_cast<double>(heap_limit_);
  if (exit.signal == SIGABRT && limit > 0 && used > kFullHeap * limit) cause += ", out of memory";
  return cause;
}

void WorkerHandle::die(std::string cause) {
  if (state_ == WorkerState::dead) return;
  enter(WorkerState::dead);
  fail_all();
  if (!killed_because_.empty()) cause = "killed: " + killed_because_;
  observer_.on_worker_dead(*this, cause);
}

}  // namespace millrace::workers
