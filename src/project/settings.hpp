// Settings are what `millrace.toml` beside next.config says: pools of workers, and limits.
// Next.js has no word for any of it, so it has a file of its own; a project without one runs with
// the values written here.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "project/server_limits.hpp"

namespace millrace::project {

/// What a pool's workers may reach when it is boxed in; see docs/sandbox.md.
struct SandboxSettings {
  bool enabled = false;
  /// Folders that may be written to, absolute or relative to the project.
  std::vector<std::string> data;
  /// Names of environment variables that workers get beside the few every process needs.
  std::vector<std::string> env;
};

/// Who decides how many workers a pool has.
enum class WorkerCount : std::uint8_t {
  /// Nothing says: one where the build has found that routes keep state in memory, else from `min` to
  /// `max`.
  by_memory,
  /// From `min` to `max`, as somebody has asked.
  given,
};

/// A pool of workers: `[pools.NAME]`. Durations of zero mean "no limit" unless said otherwise.
struct PoolSettings {
  std::string name = "default";
  /// Globs of route paths ("/api/reports/**"), empty for the default pool, which takes the rest.
  std::vector<std::string> routes;
  /// Workers kept without work; 0 lets the pool end them all.
  std::size_t min = 1;
  /// Workers at most.
  std::size_t max = 1;
  WorkerCount count = WorkerCount::by_memory;
  /// Invocations inside one worker at a time, without those whose responses are streaming.
  std::size_t concurrency = 1024;
  /// Streaming responses of one worker at a time; the next is answered 503.
  std::size_t streams = 10'000;
  /// Invocations that may wait; past it the answer is 503.
  std::size_t queue = 16384;
  /// An invocation that has waited so long is answered 503.
  std::chrono::milliseconds queue_timeout{30'000};
  /// More workers are started when invocations wait longer than this.
  std::chrono::milliseconds target_wait{50};
  /// Workers above `min` that had nothing to do for so long end.
  std::chrono::milliseconds idle{60'000};
  /// For routes that do not say `maxDuration` themselves.
  std::chrono::milliseconds max_duration{0};
  /// CPU time that a worker may use without a turn of its event loop.
  std::chrono::milliseconds blocked{10'000};
  /// CPU time that it may use to get ready, and to load a route's modules later.
  std::chrono::milliseconds start_timeout{60'000};
  /// Time that it may take to end, but for what it waits for a CPU.
  std::chrono::milliseconds drain_timeout{30'000};
  /// Bytes of resident memory past which a worker is replaced; 0 for no limit.
  std::uint64_t memory = 0;
  /// Bytes past which it is killed. Where only `memory` is given, half as much again.
  std::uint64_t memory_hard = 0;
  /// RLIMIT_NPROC and RLIMIT_NOFILE of a worker; 0 leaves the server's.
  std::uint64_t processes = 0;
  std::uint64_t open_files = 0;
  std::vector<std::string> node_flags;
  /// Threads of a worker of routes in C++; 0 for one a core.
  std::size_t threads = 0;
  /// Whether routes in C++ run in the server's own process.
  bool run_inline = false;
  /// "NAME=value", over the project's environment.
  std::vector<std::string> env;
  SandboxSettings sandbox;
};

/// How routes in C++ are compiled: `[native]`.
struct NativeSettings {
  /// The compiler; empty for $CXX, else c++.
  std::string compiler;
  /// Flags after our own.
  std::vector<std::string> flags;
  /// Folders for #include, relative to the project.
  std::vector<std::string> include;
  /// Libraries to link ("soci_core").
  std::vector<std::string> libraries;
  /// Packages that pkg-config knows.
  std::vector<std::string> pkg_config;
  /// Globs of sources that all routes share, relative to the project.
  std::vector<std::string> sources;
  /// A CMakeLists.txt that builds the routes instead, relative to the project; empty for none.
  std::string cmake;
};

/// What compiles a route and runs it; docs/engines.md has what each is for.
enum class Engine : std::uint8_t {
  /// `light` where everything in the route's modules is known to be exact, else `next`.
  automatic,
  /// Millrace's own compilation.
  light,
  /// The project's own `next build`, through its adapter API.
  next,
};

/// `[build]`: which engine compiles which route.
struct BuildSettings {
  struct Rule {
    /// A glob of route paths.
    std::string match;
    Engine engine = Engine::automatic;
  };
  Engine engine = Engine::automatic;
  /// `[[build.routes]]`, in the file's order: the first that matches holds.
  std::vector<Rule> routes;
};

struct Settings {
  /// `[limits]`.
  ServerLimits limits;
  /// The default pool is first; the others stand in the file's order.
  std::vector<PoolSettings> pools;
  /// `[pools] db_connections`: what all workers of all pools may open together; 0 for unknown.
  std::size_t db_connections = 0;
  NativeSettings native;
  BuildSettings build;
  /// `[server] cgroup`: each worker in a control group of its own.
  bool cgroup = false;
  /// `[server] probe`: a path that must answer below 500 before a new build takes over; may be
  /// empty.
  std::string probe;
};

/// Reads `root`/millrace.toml; without one, what `defaults` says. `defaults` also stands for what a
/// pool leaves out. Errors name the file, the line, what was expected and what was found; a key
/// nobody knows is an error.
[[nodiscard]] base::Result<Settings> read_settings(const std::filesystem::path& root,
                                                   const PoolSettings& defaults);

/// The same from text; `file` is for messages.
[[nodiscard]] base::Result<Settings> parse_settings(std::string_view text, std::string_view file,
                                                    const PoolSettings& defaults);

/// The place in `settings.pools` of the pool that runs the route: the first of the named ones with
/// a glob that matches, else the default.
[[nodiscard]] std::size_t pool_of(const Settings& settings, std::string_view path);

/// The engine that the settings say for the route: that of the first rule whose glob matches, else
/// `[build] engine`.
[[nodiscard]] Engine engine_of(const BuildSettings& build, std::string_view path);

/// "auto", "light" or "next", as millrace.toml writes it.
[[nodiscard]] std::string_view to_string(Engine engine);

}  // namespace millrace::project
