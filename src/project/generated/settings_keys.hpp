// Generated from src/project/settings_keys.json by `node scripts/settings-keys/generate.mjs`. Do not edit.
#pragma once

#include <array>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace millrace::project {

/// How a key of millrace.toml is read.
enum class KeyType : std::uint8_t {
  boolean,
  count,
  size,
  duration,
  seconds,
  text,
  path,
  glob,
  texts,
  globs,
  variables,
  engine,
  networks,
  workers,
  sandbox,
  rules,
};

/// A key of millrace.toml.
struct SettingsKey {
  /// The table that contains it; "pools.NAME" for every pool.
  std::string_view section;
  std::string_view name;
  KeyType type;
  /// The range of counts, bytes, milliseconds or seconds.
  std::uint64_t least;
  std::uint64_t most;
  /// What the reader expects, for messages.
  std::string_view expects;
  /// The default in the syntax of millrace.toml, or in words.
  std::string_view shown;
  /// One or two sentences.
  std::string_view help;
};

/// A table of millrace.toml.
struct SettingsSection {
  std::string_view name;
  std::string_view title;
};

inline constexpr std::array<SettingsSection, 8> kSettingsSections = {
    SettingsSection{"server", "The server"},
    SettingsSection{"limits", "Limits of clients"},
    SettingsSection{"pools", "All pools together"},
    SettingsSection{"pools.NAME", "A pool of workers"},
    SettingsSection{"pools.NAME.sandbox", "A pool's sandbox"},
    SettingsSection{"native", "Routes in C++"},
    SettingsSection{"build", "Engines"},
    SettingsSection{"build.routes", "An engine for some routes"},
};

/// All keys, by section.
inline constexpr std::array<SettingsKey, 57> kSettingsKeys = {
    SettingsKey{"server", "cgroup", KeyType::boolean, 0, 0, "true or false", "false", "Each worker runs in a control group of its own."},
    SettingsKey{"server", "max_header_size", KeyType::size, 8192, 262144, "a size from \"8KB\" to \"256KB\"", "\"16KB\"", "Maximum size of a request's head, which is the request line and all fields. The response to a larger head is 431, to a longer target 414."},
    SettingsKey{"server", "probe", KeyType::path, 0, 0, "a path that begins with \"/\" (\"/api/health\")", "none", "A path whose response must have a status below 500 before a new build is promoted."},
    SettingsKey{"limits", "keep_alive", KeyType::seconds, 1, 86400, "whole seconds from 1s to 24h", "\"75s\"", "A connection without a request is closed after this. `--keepAliveTimeout` goes before."},
    SettingsKey{"limits", "head_timeout", KeyType::seconds, 1, 86400, "whole seconds from 1s to 24h", "\"60s\"", "A request's head must be whole after this: 408."},
    SettingsKey{"limits", "body_timeout", KeyType::seconds, 1, 86400, "whole seconds from 1s to 24h", "\"60s\"", "Over each span of this length a request's body must come with `body_rate` bytes a second: 408. Only time in which the server wants body counts."},
    SettingsKey{"limits", "body_rate", KeyType::size, 0, 4503599627370496, "a size (\"512MB\", \"1GB\", or bytes)", "240", "Bytes a second that a request's body must come with. 0: any progress will do."},
    SettingsKey{"limits", "write_timeout", KeyType::seconds, 1, 86400, "whole seconds from 1s to 24h", "\"60s\"", "Over each span of this length a client must take `write_rate` bytes a second of a response that waits for it, or its connection is cut. Bytes count when the client's side has acknowledged them; a stream of which nothing waits is never cut."},
    SettingsKey{"limits", "write_rate", KeyType::size, 0, 4503599627370496, "a size (\"512MB\", \"1GB\", or bytes)", "240", "Bytes a second that a client must take. 0: any progress will do."},
    SettingsKey{"limits", "half_closed_timeout", KeyType::seconds, 0, 86400, "whole seconds from 0s to 24h", "\"5s\"", "A client that has ended its sending side is answered as long as its response begins within this. 0: it counts as gone at once."},
    SettingsKey{"limits", "shutdown_timeout", KeyType::seconds, 1, 86400, "whole seconds from 1s to 24h", "\"10s\"", "Requests that are still running at shutdown are cut after this."},
    SettingsKey{"limits", "linger", KeyType::seconds, 0, 86400, "whole seconds from 0s to 24h", "\"2s\"", "At shutdown, a connection whose last request came within this waits for one more, which is answered with `Connection: close`."},
    SettingsKey{"limits", "discard", KeyType::size, 0, 4503599627370496, "a size (\"512MB\", \"1GB\", or bytes)", "\"1MB\"", "Bytes of request body that are read and dropped after the response; past it the connection ends."},
    SettingsKey{"limits", "pipelined", KeyType::size, 0, 4503599627370496, "a size (\"512MB\", \"1GB\", or bytes)", "\"64KB\"", "With more bytes unsent than this the next pipelined request waits."},
    SettingsKey{"limits", "memory", KeyType::size, 1048576, 4503599627370496, "a size of at least \"1MB\"", "\"48MB\"", "Bytes that are held for all clients together; past it 503, and clients that stand still are cut."},
    SettingsKey{"limits", "connections", KeyType::count, 1, 1000000, "an integer from 1 to 1,000,000", "20000", "Connections in all; fewer where descriptors do not allow it. Past it idle ones are closed, and where there is none the response is 503."},
    SettingsKey{"limits", "connections_per_client", KeyType::count, 0, 1000000, "an integer from 0 to 1,000,000", "1024", "Connections of one client, an IPv4 address or an IPv6 network of 64 bits; past it 429. 0: no limit."},
    SettingsKey{"limits", "exempt_clients", KeyType::networks, 0, 0, "addresses or networks ([\"10.0.0.0/8\", \"2001:db8::1\"])", "[\"127.0.0.0/8\",\"::1\"]", "Addresses and networks that `connections_per_client` is not for. Reverse proxies belong here: they stand for many clients."},
    SettingsKey{"limits", "descriptor_reserve", KeyType::count, 16, 1000000, "an integer from 16 to 1,000,000", "256", "Descriptors that clients cannot take, for workers, files and upstream servers' names; half of all at most."},
    SettingsKey{"pools", "db_connections", KeyType::count, 0, 1000000, "an integer from 0 to 1,000,000", "unknown", "Connections to a database that all workers of all pools may open together; each finds its share in `MILLRACE_DB_POOL_SIZE`."},
    SettingsKey{"pools.NAME", "routes", KeyType::globs, 0, 0, "globs that begin with \"/\" ([\"/api/reports/**\"])", "none", "Globs of route paths. Every pool but `default` needs some; `default` takes the routes that no other pool claims."},
    SettingsKey{"pools.NAME", "min", KeyType::count, 0, 1000000, "an integer from 0 to 1,000,000", "1", "Workers kept without work. With 0 the first request after a while waits for a start, some 50 ms."},
    SettingsKey{"pools.NAME", "max", KeyType::count, 1, 1000000, "an integer from 1 to 1,000,000", "as many as there are cores, by memory fewer", "Workers at most."},
    SettingsKey{"pools.NAME", "workers", KeyType::workers, 0, 0, "a number from 1 to 1024 or \"auto\"", "by memory", "A number, which stands for `min` and `max`; or `\"auto\"`: from `min` to `max`, though routes keep state in memory."},
    SettingsKey{"pools.NAME", "concurrency", KeyType::count, 1, 1000000, "an integer from 1 to 1,000,000", "1024", "Requests inside one worker at a time, without those whose responses are streaming; more wait in the queue."},
    SettingsKey{"pools.NAME", "streams", KeyType::count, 0, 1000000, "an integer from 0 to 1,000,000", "10000", "Streaming responses of one worker at a time; the next is answered 503."},
    SettingsKey{"pools.NAME", "queue", KeyType::count, 0, 1000000, "an integer from 0 to 1,000,000", "16384", "Requests that may wait for a worker; the next is answered 503 with `Retry-After` at once."},
    SettingsKey{"pools.NAME", "queue_timeout", KeyType::duration, 0, 4503599627370496, "a duration (\"500ms\", \"30s\", \"5m\", \"1h\", or seconds)", "\"30s\"", "A request that has waited so long is answered 503; while no worker serves, but one starts or loads modules, ten times as long. Clients that leave make room."},
    SettingsKey{"pools.NAME", "target_wait", KeyType::duration, 0, 4503599627370496, "a duration (\"500ms\", \"30s\", \"5m\", \"1h\", or seconds)", "\"50ms\"", "Another worker starts when requests wait longer."},
    SettingsKey{"pools.NAME", "idle", KeyType::duration, 0, 4503599627370496, "a duration (\"500ms\", \"30s\", \"5m\", \"1h\", or seconds)", "\"60s\"", "Workers above `min` that were not needed for so long end."},
    SettingsKey{"pools.NAME", "max_duration", KeyType::duration, 0, 4503599627370496, "a duration (\"500ms\", \"30s\", \"5m\", \"1h\", or seconds)", "none", "Time in a route, for routes that do not say `maxDuration` themselves; past it 504."},
    SettingsKey{"pools.NAME", "blocked", KeyType::duration, 0, 4503599627370496, "a duration (\"500ms\", \"30s\", \"5m\", \"1h\", or seconds)", "\"10s\"", "CPU time that a worker may use without a turn of its event loop, and six times as long asleep; past it it is killed and replaced. 0: no limit."},
    SettingsKey{"pools.NAME", "memory", KeyType::size, 0, 4503599627370496, "a size (\"512MB\", \"1GB\", or bytes)", "none", "Resident memory past which a worker is replaced: another starts, then it finishes what it has and ends."},
    SettingsKey{"pools.NAME", "memory_hard", KeyType::size, 0, 4503599627370496, "a size (\"512MB\", \"1GB\", or bytes)", "`memory` and half", "Resident memory past which a worker is killed. Also the limit of its JavaScript heap."},
    SettingsKey{"pools.NAME", "processes", KeyType::count, 0, 1000000, "an integer from 0 to 1,000,000", "the server's", "Processes and threads of the user who runs a worker (`RLIMIT_NPROC`, which does not bind root)."},
    SettingsKey{"pools.NAME", "open_files", KeyType::count, 0, 1000000, "an integer from 0 to 1,000,000", "the server's", "Descriptors of a worker (`RLIMIT_NOFILE`)."},
    SettingsKey{"pools.NAME", "start_timeout", KeyType::duration, 0, 4503599627370496, "a duration (\"500ms\", \"30s\", \"5m\", \"1h\", or seconds)", "\"60s\"", "CPU time that a worker may use to get ready, and to import a route's modules later."},
    SettingsKey{"pools.NAME", "drain_timeout", KeyType::duration, 0, 4503599627370496, "a duration (\"500ms\", \"30s\", \"5m\", \"1h\", or seconds)", "\"30s\"", "A worker that was told to end and has not by then is killed. Time in which it got no CPU does not count."},
    SettingsKey{"pools.NAME", "node_flags", KeyType::texts, 0, 0, "an array of strings", "none", "Flags for Node.js, before the program."},
    SettingsKey{"pools.NAME", "threads", KeyType::count, 0, 1000000, "an integer from 0 to 1,000,000", "one a core", "Threads of a worker of routes in C++. With 1, handlers run where requests are read: the least work for each, and one that blocks blocks all."},
    SettingsKey{"pools.NAME", "inline", KeyType::boolean, 0, 0, "true or false", "false", "The pool's routes in C++ run in the server's own process, on its event loop."},
    SettingsKey{"pools.NAME", "env", KeyType::variables, 0, 0, "a table ({ NAME = \"value\" })", "none", "Variables of this pool's workers, over the project's."},
    SettingsKey{"pools.NAME", "sandbox", KeyType::sandbox, 0, 0, "true, false or a table", "false", "Boxes the pool's workers in: `true`, or a table with `data` and `env`."},
    SettingsKey{"pools.NAME.sandbox", "data", KeyType::texts, 0, 0, "an array of strings", "none", "Folders that may be written to, absolute or relative to the project."},
    SettingsKey{"pools.NAME.sandbox", "env", KeyType::texts, 0, 0, "an array of strings", "none", "Names of environment variables that workers get beside the few that every process needs."},
    SettingsKey{"native", "compiler", KeyType::text, 0, 0, "a text", "`$CXX`, else `c++`", "The compiler."},
    SettingsKey{"native", "flags", KeyType::texts, 0, 0, "an array of strings", "none", "Flags after Millrace's own (`-std=c++20 -fPIC -Wall -Wextra`, and `-O2` or, in development, `-O0`), for linking too."},
    SettingsKey{"native", "include", KeyType::texts, 0, 0, "an array of strings", "none", "Folders for `#include`, absolute or relative to the project."},
    SettingsKey{"native", "libraries", KeyType::texts, 0, 0, "an array of strings", "none", "Libraries to link."},
    SettingsKey{"native", "pkg_config", KeyType::texts, 0, 0, "an array of strings", "none", "Packages that `pkg-config` knows, to compile and to link with."},
    SettingsKey{"native", "sources", KeyType::texts, 0, 0, "an array of strings", "none", "Globs of sources, relative to the project, that are compiled once and shared by all routes of a process."},
    SettingsKey{"native", "cmake", KeyType::text, 0, 0, "a text", "none", "A `CMakeLists.txt`, relative to the project, that builds the routes instead."},
    SettingsKey{"build", "engine", KeyType::engine, 0, 0, "\"auto\", \"light\" or \"next\"", "\"auto\"", "What compiles routes; `--engine` goes before."},
    SettingsKey{"build", "pages", KeyType::boolean, 0, 0, "true or false", "true", "Whether pages are built and served, where the project has some."},
    SettingsKey{"build", "routes", KeyType::rules, 0, 0, "tables ([[build.routes]])", "none", "Tables (`[[build.routes]]`), of which the first that matches a route holds."},
    SettingsKey{"build.routes", "match", KeyType::glob, 0, 0, "a glob that begins with \"/\" (\"/api/legacy/**\")", "required", "A glob of route paths, as in `routes` of a pool."},
    SettingsKey{"build.routes", "engine", KeyType::engine, 0, 0, "\"auto\", \"light\" or \"next\"", "required", "What compiles the routes that `match` matches."},
};

/// Returns the key, which must exist.
constexpr const SettingsKey& settings_key(std::string_view section, std::string_view name) {
  for (const SettingsKey& key : kSettingsKeys) {
    if (key.section == section && key.name == name) return key;
  }
  std::abort();
}

/// Calls `visit` with each key of [server] and its value's member of `to`, except for those
/// that are read by code of their own.
template <typename Target, typename Visit>
void visit_server_keys(Target& to, const Visit& visit) {
  visit(settings_key("server", "cgroup"), to.cgroup);
  visit(settings_key("server", "max_header_size"), to.limits.head_size);
  visit(settings_key("server", "probe"), to.probe);
}

/// Calls `visit` with each key of [limits] and its value's member of `to`, except for those
/// that are read by code of their own.
template <typename Target, typename Visit>
void visit_limits_keys(Target& to, const Visit& visit) {
  visit(settings_key("limits", "keep_alive"), to.keep_alive);
  visit(settings_key("limits", "head_timeout"), to.head);
  visit(settings_key("limits", "body_timeout"), to.body);
  visit(settings_key("limits", "body_rate"), to.body_rate);
  visit(settings_key("limits", "write_timeout"), to.write);
  visit(settings_key("limits", "write_rate"), to.write_rate);
  visit(settings_key("limits", "half_closed_timeout"), to.half_closed);
  visit(settings_key("limits", "shutdown_timeout"), to.grace);
  visit(settings_key("limits", "linger"), to.linger);
  visit(settings_key("limits", "discard"), to.discard);
  visit(settings_key("limits", "pipelined"), to.pipelined);
  visit(settings_key("limits", "memory"), to.memory);
  visit(settings_key("limits", "connections"), to.connections);
  visit(settings_key("limits", "connections_per_client"), to.connections_per_client);
  visit(settings_key("limits", "exempt_clients"), to.exempt_clients);
  visit(settings_key("limits", "descriptor_reserve"), to.descriptor_reserve);
}

/// Calls `visit` with each key of [pools] and its value's member of `to`, except for those
/// that are read by code of their own.
template <typename Target, typename Visit>
void visit_pools_keys(Target& to, const Visit& visit) {
  visit(settings_key("pools", "db_connections"), to.db_connections);
}

/// Calls `visit` with each key of [pools.NAME] and its value's member of `to`, except for those
/// that are read by code of their own.
template <typename Target, typename Visit>
void visit_pool_keys(Target& to, const Visit& visit) {
  visit(settings_key("pools.NAME", "min"), to.min);
  visit(settings_key("pools.NAME", "max"), to.max);
  visit(settings_key("pools.NAME", "concurrency"), to.concurrency);
  visit(settings_key("pools.NAME", "streams"), to.streams);
  visit(settings_key("pools.NAME", "queue"), to.queue);
  visit(settings_key("pools.NAME", "queue_timeout"), to.queue_timeout);
  visit(settings_key("pools.NAME", "target_wait"), to.target_wait);
  visit(settings_key("pools.NAME", "idle"), to.idle);
  visit(settings_key("pools.NAME", "max_duration"), to.max_duration);
  visit(settings_key("pools.NAME", "blocked"), to.blocked);
  visit(settings_key("pools.NAME", "memory"), to.memory);
  visit(settings_key("pools.NAME", "memory_hard"), to.memory_hard);
  visit(settings_key("pools.NAME", "processes"), to.processes);
  visit(settings_key("pools.NAME", "open_files"), to.open_files);
  visit(settings_key("pools.NAME", "start_timeout"), to.start_timeout);
  visit(settings_key("pools.NAME", "drain_timeout"), to.drain_timeout);
  visit(settings_key("pools.NAME", "node_flags"), to.node_flags);
  visit(settings_key("pools.NAME", "threads"), to.threads);
  visit(settings_key("pools.NAME", "inline"), to.run_inline);
  visit(settings_key("pools.NAME", "env"), to.env);
}

/// Calls `visit` with each key of [pools.NAME.sandbox] and its value's member of `to`, except for those
/// that are read by code of their own.
template <typename Target, typename Visit>
void visit_pool_sandbox_keys(Target& to, const Visit& visit) {
  visit(settings_key("pools.NAME.sandbox", "data"), to.data);
  visit(settings_key("pools.NAME.sandbox", "env"), to.env);
}

/// Calls `visit` with each key of [native] and its value's member of `to`, except for those
/// that are read by code of their own.
template <typename Target, typename Visit>
void visit_native_keys(Target& to, const Visit& visit) {
  visit(settings_key("native", "compiler"), to.compiler);
  visit(settings_key("native", "flags"), to.flags);
  visit(settings_key("native", "include"), to.include);
  visit(settings_key("native", "libraries"), to.libraries);
  visit(settings_key("native", "pkg_config"), to.pkg_config);
  visit(settings_key("native", "sources"), to.sources);
  visit(settings_key("native", "cmake"), to.cmake);
}

/// Calls `visit` with each key of [build] and its value's member of `to`, except for those
/// that are read by code of their own.
template <typename Target, typename Visit>
void visit_build_keys(Target& to, const Visit& visit) {
  visit(settings_key("build", "engine"), to.engine);
  visit(settings_key("build", "pages"), to.pages);
}

/// Calls `visit` with each key of [build.routes] and its value's member of `to`, except for those
/// that are read by code of their own.
template <typename Target, typename Visit>
void visit_build_routes_keys(Target& to, const Visit& visit) {
  visit(settings_key("build.routes", "match"), to.match);
  visit(settings_key("build.routes", "engine"), to.engine);
}

}  // namespace millrace::project
