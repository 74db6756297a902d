#include "workers/test_worker.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "link/frame.hpp"
#include "link/frame_encoder.hpp"

namespace millrace::workers {

namespace {

constexpr const char* kBehaviour = "MILLRACE_TEST_WORKER";
constexpr int kLink = 3;

void write_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(kLink, bytes.data(), bytes.size());
    if (written <= 0) ::_exit(0);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void send(link::Kind kind, std::uint64_t stream, std::string_view payload, bool end = false) {
  std::string frame;
  link::append_frame(frame, kind, stream, payload, end);
  write_all(frame);
}

/// A response payload: status, no reason, the fields, the body.
std::string response(std::uint16_t status, std::string_view fields, std::string_view body) {
  std::string payload(8, '\0');
  std::memcpy(payload.data(), &status, sizeof status);
  const auto length = static_cast<std::uint32_t>(fields.size());
  std::memcpy(payload.data() + 4, &length, sizeof length);
  return payload + std::string(fields) + std::string(body);
}

void respond(std::uint64_t stream, std::string_view body, bool end = true) {
  send(link::Kind::response, stream, response(200, "x: y\r\n", body), end);
}

std::string target_of(const link::Frame& frame) {
  const auto invoke = link::decode_invoke(frame.payload);
  return std::string(invoke ? invoke->target : "undecodable");
}

void use_cpu(std::chrono::milliseconds time) {
  const std::clock_t end =
      std::clock() + static_cast<std::clock_t>(time.count() * CLOCKS_PER_SEC / 1000);
  while (std::clock() < end) {
  }
}

void sleep_for_ever(const link::Frame& /*invoke*/) {
  for (;;) ::pause();
}

void spin_for_ever(const link::Frame& /*invoke*/) {
  const volatile bool on = true;
  while (on) {
  }
}

void load_modules(const link::Frame& invoke) {
  send(link::Kind::loading, 0, std::string_view("\1", 1));
  use_cpu(std::chrono::milliseconds(300));
  send(link::Kind::loading, 0, std::string_view("\0", 1));
  respond(invoke.stream, target_of(invoke));
}

void chatter(const link::Frame& /*invoke*/) {
  for (;; ::usleep(1000)) send(link::Kind::log, 0, "\2still here");
}

void grow(const link::Frame& /*invoke*/) {
  // Never freed: the process retains it.
  static std::vector<std::vector<char>> held;
  held.emplace_back(std::size_t{64} << 20U, 'x');
}

void stream(const link::Frame& invoke) {
  const std::string target = target_of(invoke);
  const bool goes_on = target == "/stream";
  respond(invoke.stream, goes_on ? "begun" : target, !goes_on);
}

void nap(const link::Frame& /*invoke*/) {
  // Resumes reading after bytes have waited for a while.
  static bool fresh = true;
  if (std::exchange(fresh, false)) ::usleep(20'000);
}

void respond_with_pid(const link::Frame& invoke) {
  // The target is a pipe without a writer until the test opens it: the worker blocks, as in
  // `execSync`.
  const std::string target = target_of(invoke);
  if (target != "/") static_cast<void>(::open(target.c_str(), O_RDONLY | O_CLOEXEC));
  respond(invoke.stream, std::to_string(::getpid()));
}

void ask_cache(const link::Frame& /*invoke*/) {
  send(link::Kind::cache, 0, "{first half,");
  send(link::Kind::cache, 0, "second half}", true);
}

void ask_often(const link::Frame& /*invoke*/) {
  std::string requests;
  for (int i = 0; i < kCacheRequests; ++i) {
    link::append_frame(requests, link::Kind::cache, 0, "{}", true);
  }
  write_all(requests);
}

void send_bad_reason(const link::Frame& invoke) {
  std::string payload = response(200, "O\r\nX: y", "");
  std::swap_ranges(payload.data() + 2, payload.data() + 4, payload.data() + 4);
  send(link::Kind::response, invoke.stream, payload, true);
}

using OnInvoke = void (*)(const link::Frame& invoke);

/// What each behaviour does with a request; the others do nothing.
constexpr std::array<std::pair<Behaviour, OnInvoke>, 22> kOnInvoke{{
    {Behaviour::respond, [](const auto& invoke) { respond(invoke.stream, target_of(invoke)); }},
    {Behaviour::starts_late, [](const auto& invoke) { respond(invoke.stream, target_of(invoke)); }},
    {Behaviour::lie_in_samples,
     [](const auto& invoke) { respond(invoke.stream, target_of(invoke)); }},
    {Behaviour::stream, stream},
    {Behaviour::nap, nap},
    {Behaviour::die_on_invoke, [](const auto& /*invoke*/) { ::_exit(3); }},
    {Behaviour::block, sleep_for_ever},
    {Behaviour::spin, spin_for_ever},
    {Behaviour::load_modules, load_modules},
    {Behaviour::chatter, chatter},
    {Behaviour::grow, grow},
    {Behaviour::abort,
     [](const auto& invoke) { send(link::Kind::abort, invoke.stream, std::string(1, '\4')); }},
    {Behaviour::respond_with_pid, respond_with_pid},
    {Behaviour::ask_cache, ask_cache},
    {Behaviour::ask_often, ask_often},
    {Behaviour::ask_often_unheard,
     [](const auto& invoke) {
       ask_often(invoke);
       sleep_for_ever(invoke);
     }},
    {Behaviour::bad_fields,
     [](const auto& invoke) {
       send(link::Kind::response, invoke.stream, response(200, "a: b\nc: d\r\n", "x"), true);
     }},
    {Behaviour::bad_reason, send_bad_reason},
    {Behaviour::too_much,
     [](const auto& invoke) {
       respond(invoke.stream, std::string(protocol::kInitialCredit + 1, 'x'), false);
     }},
    {Behaviour::unknown_stream,
     [](const auto& /*invoke*/) { send(link::Kind::body, 77, "x", true); }},
    {Behaviour::server_frame,
     [](const auto& invoke) { send(link::Kind::invoke, invoke.stream, "x", true); }},
    {Behaviour::garbage, [](const auto& /*invoke*/) { write_all(std::string(64, '\xff')); }},
}};

void on_load(const link::Frame& load) {
  const std::size_t at = load.payload.find("\"generation\":");
  const int generation = std::atoi(load.payload.data() + at + 13);
  send(link::Kind::ready, 0, "{\"generation\":" + std::to_string(generation) + "}");
}

void on_ping(Behaviour behaviour, const link::Frame& ping) {
  if ((ping.flags & protocol::kFlagSample) != 0) {
    send(link::Kind::stats, 0,
         behaviour == Behaviour::lie_in_samples
             ? R"({"rss":1,"routes":[[1,0,1,1],[1,1,1,1],[1,1,1,1],[1,2,1,1],[1,4294967295,1,1]]})"
             : R"({"rss":1,"heap_used":2,"utilization":0.5})");
  }
  send(link::Kind::pong, 0, ping.payload);
}

void on_cached(Behaviour behaviour, const link::Frame& cached) {
  static std::size_t length = 0;
  static int replies = 0;
  length += cached.payload.size();
  if (!cached.end()) return;
  ++replies;
  if (behaviour == Behaviour::ask_cache) respond(1, std::to_string(length));
  if (behaviour == Behaviour::ask_often && replies == kCacheRequests) respond(1, "all answered");
}

void on_invoke(Behaviour behaviour, const link::Frame& invoke) {
  if (behaviour == Behaviour::ask_cache_on_stream) {
    return send(link::Kind::cache, invoke.stream, "{}", true);
  }
  for (const auto& [known, act] : kOnInvoke) {
    if (known == behaviour) act(invoke);
  }
}

void take(Behaviour behaviour, const link::Frame& frame) {
  switch (frame.kind) {
    case link::Kind::load:
      return on_load(frame);
    case link::Kind::ping:
      return on_ping(behaviour, frame);
    case link::Kind::invoke:
      return on_invoke(behaviour, frame);
    case link::Kind::body:
      if (frame.end() && behaviour != Behaviour::stream) respond(frame.stream, "whole");
      return;
    case link::Kind::cached:
      return on_cached(behaviour, frame);
    case link::Kind::drain:
      ::_exit(0);
    default:
      return;
  }
}

/// Runs the worker until it ends.
[[noreturn]] void run_worker(Behaviour behaviour) {
  if (behaviour == Behaviour::never_starts) ::_exit(1);
  if (behaviour == Behaviour::starts_late) ::usleep(1'200'000);
  send(link::Kind::hello, 0, R"({"protocol":3,"role":"node","pid":1,"version":"test"})");
  std::string buffered;
  std::array<char, 65536> chunk{};
  for (;;) {
    const ssize_t got = ::read(kLink, chunk.data(), chunk.size());
    if (got <= 0) ::_exit(0);
    buffered.append(chunk.data(), static_cast<std::size_t>(got));
    std::size_t used = 0;
    for (;;) {
      const auto decoded = link::decode_frame(std::string_view(buffered).substr(used));
      if (decoded.status != link::DecodeStatus::frame) break;
      take(behaviour, decoded.frame);
      used += decoded.consumed;
    }
    buffered.erase(0, used);
  }
}

/// Runs before main: a process that was started as a worker never becomes a test run.
const bool is_test_run = [] {
  if (const char* behaviour = std::getenv(kBehaviour)) {
    run_worker(static_cast<Behaviour>(std::atoi(behaviour)));
  }
  return true;
}();

}  // namespace

Launch test_worker(Behaviour behaviour) {
  if (!is_test_run) std::abort();
  Launch launch;
  launch.program = std::filesystem::read_symlink("/proc/self/exe").string();
  launch.environment = {std::string(kBehaviour) + "=" +
                        std::to_string(static_cast<int>(behaviour))};
  launch.working_directory = "/";
  return launch;
}

}  // namespace millrace::workers
