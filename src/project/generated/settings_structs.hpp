// Generated from src/project/settings_keys.json by `node scripts/settings-keys/generate.mjs`. Do not edit.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/ip_network.hpp"
#include "project/engine.hpp"

namespace millrace::project {

/// What holds for the workers of a pool, as long as they run.
struct PoolLimits {
  /// `[pools.NAME] min`: Workers kept without work. With 0 the first request after a while waits for a start, some 50 ms.
  std::size_t min = 1;
  /// `[pools.NAME] max`: Workers at most.
  std::size_t max = 1;
  /// `[pools.NAME] concurrency`: Requests inside one worker at a time, without those whose responses are streaming; more wait in the queue.
  std::size_t concurrency = 1024;
  /// `[pools.NAME] streams`: Streaming responses of one worker at a time; the next is answered 503.
  std::size_t streams = 10000;
  /// `[pools.NAME] queue`: Requests that may wait for a worker; the next is answered 503 with `Retry-After` at once.
  std::size_t queue = 16384;
  /// `[pools.NAME] queue_timeout`: A request that has waited so long is answered 503; while no worker serves, but one starts or loads modules, ten times as long. Clients that leave make room.
  std::chrono::milliseconds queue_timeout{30000};
  /// `[pools.NAME] target_wait`: Another worker starts when requests wait longer.
  std::chrono::milliseconds target_wait{50};
  /// `[pools.NAME] idle`: Workers above `min` that were not needed for so long end.
  std::chrono::milliseconds idle{60000};
  /// `[pools.NAME] blocked`: CPU time that a worker may use without a turn of its event loop, and six times as long asleep; past it it is killed and replaced. 0: no limit.
  std::chrono::milliseconds blocked{10000};
  /// `[pools.NAME] memory`: Resident memory past which a worker is replaced: another starts, then it finishes what it has and ends.
  std::uint64_t memory = 0;
  /// `[pools.NAME] memory_hard`: Resident memory past which a worker is killed. Also the limit of its JavaScript heap.
  std::uint64_t memory_hard = 0;
  /// `[pools.NAME] start_timeout`: CPU time that a worker may use to get ready, and to import a route's modules later.
  std::chrono::milliseconds start_timeout{60000};
  /// `[pools.NAME] drain_timeout`: A worker that was told to end and has not by then is killed. Time in which it got no CPU does not count.
  std::chrono::milliseconds drain_timeout{30000};
};

/// What the kernel holds a worker to. A worker that runs into it fails by itself; the server and the other workers have theirs. 0 is the server's own limit.
struct ProcessLimits {
  /// `[pools.NAME] processes`: Processes and threads of the user who runs a worker (`RLIMIT_NPROC`, which does not bind root).
  std::size_t processes = 0;
  /// `[pools.NAME] open_files`: Descriptors of a worker (`RLIMIT_NOFILE`).
  std::size_t open_files = 0;
};

/// What a pool is for, and what its workers are told.
struct PoolKeys {
  /// `[pools.NAME] routes`: Globs of route paths. Every pool but `default` needs some; `default` takes the routes that no other pool claims.
  std::vector<std::string> routes;
  /// `[pools.NAME] max_duration`: Time in a route, for routes that do not say `maxDuration` themselves; past it 504.
  std::chrono::milliseconds max_duration{0};
  /// `[pools.NAME] node_flags`: Flags for Node.js, before the program.
  std::vector<std::string> node_flags;
  /// `[pools.NAME] threads`: Threads of a worker of routes in C++. With 1, handlers run where requests are read: the least work for each, and one that blocks blocks all.
  std::size_t threads = 0;
  /// `[pools.NAME] inline`: The pool's routes in C++ run in the server's own process, on its event loop.
  bool run_inline = false;
  /// `[pools.NAME] env`: Variables of this pool's workers, over the project's.
  std::vector<std::string> env;
};

/// What a pool's workers may reach in their sandbox.
struct SandboxKeys {
  /// `[pools.NAME.sandbox] data`: Folders that may be written to, absolute or relative to the project.
  std::vector<std::string> data;
  /// `[pools.NAME.sandbox] env`: Names of environment variables that workers get beside the few that every process needs.
  std::vector<std::string> env;
};

/// How routes in C++ are compiled.
struct NativeSettings {
  /// `[native] compiler`: The compiler.
  std::string compiler;
  /// `[native] flags`: Flags after Millrace's own (`-std=c++20 -fPIC -Wall -Wextra`, and `-O2` or, in development, `-O0`), for linking too.
  std::vector<std::string> flags;
  /// `[native] include`: Folders for `#include`, absolute or relative to the project.
  std::vector<std::string> include;
  /// `[native] libraries`: Libraries to link.
  std::vector<std::string> libraries;
  /// `[native] pkg_config`: Packages that `pkg-config` knows, to compile and to link with.
  std::vector<std::string> pkg_config;
  /// `[native] sources`: Globs of sources, relative to the project, that are compiled once and shared by all routes of a process.
  std::vector<std::string> sources;
  /// `[native] cmake`: A `CMakeLists.txt`, relative to the project, that builds the routes instead.
  std::string cmake;
};

/// Which engine compiles routes.
struct BuildKeys {
  /// `[build] engine`: What compiles routes; `--engine` goes before.
  Engine engine = Engine::automatic;
  /// `[build] pages`: Whether pages are built and served, where the project has some.
  bool pages = true;
};

/// Which engine compiles the routes that a glob matches.
struct EngineRule {
  /// `[build.routes] match`: A glob of route paths, as in `routes` of a pool.
  std::string match;
  /// `[build.routes] engine`: What compiles the routes that `match` matches.
  Engine engine = Engine::automatic;
};

/// What concerns the server, or all of its pools together.
struct ServerKeys {
  /// `[server] cgroup`: Each worker runs in a control group of its own.
  bool cgroup = false;
  /// `[server] probe`: A path whose response must have a status below 500 before a new build is promoted.
  std::string probe;
  /// `[pools] db_connections`: Connections to a database that all workers of all pools may open together; each finds its share in `MILLRACE_DB_POOL_SIZE`.
  std::size_t db_connections = 0;
};

/// What keeps one client, or all of them together, from holding the server. Times are seconds, measured by a sweep once a second.
struct ServerLimits {
  /// `[server] max_header_size`: Maximum size of a request's head, which is the request line and all fields. The response to a larger head is 431, to a longer target 414.
  std::uint64_t head_size = 16384;
  /// `[limits] keep_alive`: A connection without a request is closed after this. `--keepAliveTimeout` goes before.
  std::uint32_t keep_alive = 75;
  /// `[limits] head_timeout`: A request's head must be whole after this: 408.
  std::uint32_t head = 60;
  /// `[limits] body_timeout`: Over each span of this length a request's body must come with `body_rate` bytes a second: 408. Only time in which the server wants body counts.
  std::uint32_t body = 60;
  /// `[limits] body_rate`: Bytes a second that a request's body must come with. 0: any progress will do.
  std::uint64_t body_rate = 240;
  /// `[limits] write_timeout`: Over each span of this length a client must take `write_rate` bytes a second of a response that waits for it, or its connection is cut. Bytes count when the client's side has acknowledged them; a stream of which nothing waits is never cut.
  std::uint32_t write = 60;
  /// `[limits] write_rate`: Bytes a second that a client must take. 0: any progress will do.
  std::uint64_t write_rate = 240;
  /// `[limits] half_closed_timeout`: A client that has ended its sending side is answered as long as its response begins within this. 0: it counts as gone at once.
  std::uint32_t half_closed = 5;
  /// `[limits] shutdown_timeout`: Requests that are still running at shutdown are cut after this.
  std::uint32_t grace = 10;
  /// `[limits] linger`: At shutdown, a connection whose last request came within this waits for one more, which is answered with `Connection: close`.
  std::uint32_t linger = 2;
  /// `[limits] discard`: Bytes of request body that are read and dropped after the response; past it the connection ends.
  std::uint64_t discard = 1048576;
  /// `[limits] pipelined`: With more bytes unsent than this the next pipelined request waits.
  std::uint64_t pipelined = 65536;
  /// `[limits] memory`: Bytes that are held for all clients together; past it 503, and clients that stand still are cut.
  std::uint64_t memory = 50331648;
  /// `[limits] connections`: Connections in all; fewer where descriptors do not allow it. Past it idle ones are closed, and where there is none the response is 503.
  std::size_t connections = 20000;
  /// `[limits] connections_per_client`: Connections of one client, an IPv4 address or an IPv6 network of 64 bits; past it 429. 0: no limit.
  std::size_t connections_per_client = 1024;
  /// `[limits] exempt_clients`: Addresses and networks that `connections_per_client` is not for. Reverse proxies belong here: they stand for many clients.
  std::vector<base::IpNetwork> exempt_clients = {*base::IpNetwork::parse("127.0.0.0/8"), *base::IpNetwork::parse("::1")};
  /// `[limits] descriptor_reserve`: Descriptors that clients cannot take, for workers, files and upstream servers' names; half of all at most.
  std::size_t descriptor_reserve = 256;
};

}  // namespace millrace::project
