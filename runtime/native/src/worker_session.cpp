#include "worker_session.hpp"

#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cstdio>
#include <optional>
#include <utility>

#include "link/frame_encoder.hpp"
#include "millrace/env.hpp"

namespace millrace::native {

namespace json = boost::json;
using link::Kind;

namespace {

/// Generations kept, including the newest: the server may still send invocations of older ones.
constexpr std::size_t kMaxGenerations = 8;

std::uint64_t resident_bytes() {
  std::FILE* const file = std::fopen("/proc/self/statm", "re");
  if (file == nullptr) return 0;
  unsigned long long size = 0;
  unsigned long long resident = 0;
  const int read = std::fscanf(file, "%llu %llu", &size, &resident);
  std::fclose(file);
  return read == 2 ? resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) : 0;
}

std::uint64_t process_cpu_ms() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto ms = [](const timeval& time) {
    return static_cast<std::uint64_t>(time.tv_sec) * 1000 +
           static_cast<std::uint64_t>(time.tv_usec) / 1000;
  };
  return ms(usage.ru_utime) + ms(usage.ru_stime);
}

/// Returns the routes that a load names; nothing if it names none, which means all.
std::optional<std::vector<std::uint32_t>> routes_of(const json::object& command) {
  const auto* const named = command.if_contains("routes");
  if (named == nullptr || !named->is_array()) return std::nullopt;
  std::vector<std::uint32_t> routes;
  for (const json::value& one : named->get_array()) {
    boost::system::error_code failed;
    const auto number = one.to_number<std::uint32_t>(failed);
    if (!failed) routes.push_back(number);
  }
  return routes;
}

}  // namespace

WorkerSession::WorkerSession(Outbox& out, Runner& runner, std::function<void()> on_idle)
    : out_(out), runner_(runner), on_idle_(std::move(on_idle)) {}

void WorkerSession::send_hello() {
  const json::object hello = {{"protocol", protocol::kProtocolVersion},
                              {"role", "native"},
                              {"pid", ::getpid()},
                              {"version", std::string("SDK ") + std::to_string(kAbiVersion)}};
  out_.append(Kind::hello, 0, json::serialize(hello));
  out_.flush();
}

bool WorkerSession::drained() {
  if (!draining_) return false;
  const std::lock_guard lock(mutex_);
  return open_.empty() && undone_ == 0;
}

void WorkerSession::run_batch() { runner_.run(batch_); }

bool WorkerSession::on_frame(const link::Frame& frame) {
  if (frame.kind == Kind::invoke) return on_invoke(frame);
  if (frame.stream != 0) return on_stream_frame(frame);
  switch (frame.kind) {
    case Kind::load:
      return on_load(frame.payload);
    case Kind::ping:
      return on_ping(frame);
    case Kind::drain:
      draining_ = true;
      return frame.payload.empty();
    case Kind::snapshot: {
      // A native worker has no V8 heap.
      json::object result = {{"id", 0}, {"error", "heap snapshots exist for Node.js workers only"}};
      boost::system::error_code failed;
      const json::value request = json::parse(frame.payload, failed);
      if (const auto* const object = request.if_object()) {
        if (const auto* const id = object->if_contains("id")) result["id"] = *id;
      }
      out_.append(Kind::snapshot, 0, json::serialize(result));
      return true;
    }
    default:
      return false;
  }
}

bool WorkerSession::on_stream_frame(const link::Frame& frame) {
  if (frame.stream > newest_stream_) return false;
  switch (frame.kind) {
    case Kind::body:
      return on_body(frame.stream, frame.payload, frame.end());
    case Kind::end:
      return on_body(frame.stream, {}, true);
    case Kind::credit: {
      const auto bytes = link::decode_credit(frame.payload);
      if (!bytes) return false;
      if (const auto call = find(frame.stream)) call->receive_credit(*bytes);
      return true;
    }
    case Kind::abort:
      if (frame.payload.size() != 1) return false;
      on_abort(frame.stream, static_cast<link::AbortReason>(frame.payload[0]));
      return true;
    default:
      return false;
  }
}

std::shared_ptr<NativeCall> WorkerSession::find(std::uint64_t stream) {
  const std::lock_guard lock(mutex_);
  const auto found = open_.find(stream);
  return found == open_.end() ? nullptr : found->second.call;
}

bool WorkerSession::on_invoke(const link::Frame& frame) {
  if (frame.stream <= newest_stream_) return false;
  newest_stream_ = frame.stream;
  const auto view = link::decode_invoke(frame.payload);
  if (!view) return false;
  const auto generation = generations_.find(view->generation);
  NativeRoute* const route =
      generation == generations_.end() ? nullptr : generation->second->route(view->route);
  if (route == nullptr) {
    out_.append([&](std::string& out) {
      link::append_abort(out, frame.stream, link::AbortReason::handler_failed);
    });
    return true;
  }
  auto call = std::make_shared<NativeCall>(static_cast<CallOwner&>(*this), out_, generation->second,
                                           *route, frame.stream, std::string(frame.payload),
                                           !frame.end(), keep_alive_);
  route->usage.invocations.fetch_add(1, std::memory_order_relaxed);
  ++undone_;
  const bool runnable = frame.end() || call->runnable();
  {
    const std::lock_guard lock(mutex_);
    open_.emplace(frame.stream, Open{.call = call, .given = runnable});
  }
  if (runnable) batch_.push_back(std::move(call));
  return true;
}

bool WorkerSession::on_body(std::uint64_t stream, std::string_view bytes, bool end) {
  const auto call = find(stream);
  if (!call || !call->receive_body(bytes, end)) return true;
  {
    const std::lock_guard lock(mutex_);
    const auto found = open_.find(stream);
    if (found != open_.end()) found->second.given = true;
  }
  batch_.push_back(call);
  return true;
}

void WorkerSession::on_abort(std::uint64_t stream, link::AbortReason reason) {
  std::shared_ptr<NativeCall> call;
  bool given = false;
  {
    const std::lock_guard lock(mutex_);
    const auto found = open_.find(stream);
    if (found == open_.end()) return;
    call = found->second.call;
    given = found->second.given;
    if (!given) {
      open_.erase(found);
    } else if (reason == link::AbortReason::deadline &&
               !std::exchange(found->second.overdue, true)) {
      ++overdue_;
    }
  }
  call->receive_abort();
  if (!given) on_call_done(*call);
}

void WorkerSession::on_call_over(NativeCall& call) {
  std::shared_ptr<PendingPong> pong;
  {
    const std::lock_guard lock(mutex_);
    const auto found = open_.find(call.stream());
    if (found == open_.end()) return;
    if (found->second.overdue && --overdue_ == 0) pong = std::move(pending_pong_);
    open_.erase(found);
  }
  // A new callback is registered, because the end of a call does not prove that a thread is free.
  if (pong) runner_.call_when_free([this, pong] { send_pong(pong); });
}

void WorkerSession::on_call_done(NativeCall& /*call*/) {
  --undone_;
  if (draining_ && on_idle_) on_idle_();
}

bool WorkerSession::on_load(std::string_view text) {
  boost::system::error_code failed;
  const json::value parsed = json::parse(text, failed);
  const auto* const command = parsed.if_object();
  if (failed || command == nullptr || !command->contains("generation") ||
      !command->contains("manifest") || !command->at("manifest").is_string()) {
    return false;
  }
  const auto number = command->at("generation").to_number<std::uint32_t>(failed);
  if (failed) return false;
  if (const auto* const variables = command->if_contains("env");
      variables && variables->is_object()) {
    for (const auto& [name, value] : variables->get_object()) {
      detail::set_env(name, value.is_string()
                                ? std::optional<std::string>(value.get_string().c_str())
                                : std::nullopt);
    }
  }
  json::object ready = {{"generation", number}};
  auto generation = Generation::read(number, command->at("manifest").get_string().c_str());
  if (!generation) {
    ready["error"] = generation.error().message();
  } else {
    const auto* const eager = command->if_contains("eager");
    if (eager != nullptr && *eager == true) {
      const std::string problems = (*generation)->load_all(routes_of(*command));
      if (!problems.empty()) ready["error"] = problems;
    }
    const std::lock_guard lock(generations_mutex_);
    generations_[number] = std::move(generation).value();
    while (generations_.size() > kMaxGenerations) generations_.erase(generations_.begin());
  }
  out_.append(Kind::ready, 0, json::serialize(ready));
  return true;
}

bool WorkerSession::on_ping(const link::Frame& frame) {
  if (frame.payload.size() != sizeof(std::uint64_t)) return false;
  auto pong = std::make_shared<PendingPong>();
  pong->payload = frame.payload;
  pong->sample = (frame.flags & protocol::kFlagSample) != 0;
  runner_.call_when_free([this, pong] { send_pong(pong); });
  return true;
}

void WorkerSession::send_pong(const std::shared_ptr<PendingPong>& pong) {
  if (pong->sent) return;
  {
    const std::lock_guard lock(mutex_);
    // A worker with a handler past its deadline is unhealthy, even if a thread is free. A handler
    // that ends soon after the abort, as most do, sends the pong then.
    if (overdue_ > 0 && !ignores_overdue_) {
      pending_pong_ = pong;
      return;
    }
  }
  if (pong->sent.exchange(true)) return;
  if (pong->sample) out_.append(Kind::stats, 0, sample());
  out_.append(Kind::pong, 0, pong->payload);
  out_.flush();
}

std::string WorkerSession::sample() {
  const struct mallinfo2 heap = ::mallinfo2();
  json::array routes;
  std::size_t pending = 0;
  {
    const std::lock_guard lock(mutex_);
    pending = open_.size();
  }
  const std::lock_guard lock(generations_mutex_);
  for (const auto& [number, generation] : generations_) {
    for (std::size_t i = 0; i < generation->routes().size(); ++i) {
      NativeRoute* const route = generation->route(static_cast<std::uint32_t>(i));
      if (route == nullptr) continue;
      const std::uint64_t invocations = route->usage.invocations.exchange(0);
      const std::uint64_t cpu = route->usage.cpu_ns.exchange(0) / 1000;
      if (invocations == 0 && cpu == 0) continue;
      routes.push_back(json::array{number, i, invocations, cpu});
    }
  }
  const auto turn =
      std::chrono::duration_cast<std::chrono::milliseconds>(runner_.take_longest_turn());
  return json::serialize(json::object{{"rss", resident_bytes()},
                                      {"heap_used", heap.uordblks},
                                      {"heap_total", heap.arena + heap.hblkhd},
                                      {"external", 0},
                                      {"loop_lag_ms", turn.count()},
                                      {"utilization", 0},
                                      {"cpu_ms", process_cpu_ms()},
                                      {"pending", pending},
                                      {"routes", std::move(routes)}});
}

}  // namespace millrace::native
