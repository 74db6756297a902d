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

/// Limits and scaling of a pool's workers, which apply while they run.
struct PoolLimits {
  /// `[pools.NAME] min`: Minimum number of workers. With 0, the first request after an idle period waits about 50 ms for a worker to start.
  std::size_t min = 1;
  /// `[pools.NAME] max`: Maximum number of workers.
  std::size_t max = 1;
  /// `[pools.NAME] concurrency`: Maximum number of requests in flight in one worker, without those whose responses are streaming. Further requests wait in the queue.
  std::size_t concurrency = 1024;
  /// `[pools.NAME] streams`: Maximum number of streaming responses of one worker; a further one is replaced by 503.
  std::size_t streams = 10000;
  /// `[pools.NAME] upgrades`: Maximum number of upgraded connections (WebSockets) of one worker; further upgrades get 503. 0: upgrades are served like other requests.
  std::size_t upgrades = 10000;
  /// `[pools.NAME] queue`: Maximum number of requests that wait for a worker. Further requests get 503 with `Retry-After` immediately.
  std::size_t queue = 16384;
  /// `[pools.NAME] queue_timeout`: A request that has waited this long gets 503. While no worker serves, but one is starting or loading modules, requests may wait ten times as long. Requests of clients that have left do not count.
  std::chrono::milliseconds queue_timeout{30000};
  /// `[pools.NAME] target_wait`: Another worker starts when requests wait longer than this.
  std::chrono::milliseconds target_wait{50};
  /// `[pools.NAME] idle`: A worker above `min` ends when it was not needed for this long.
  std::chrono::milliseconds idle{60000};
  /// `[pools.NAME] blocked`: CPU time that a worker may use without a turn of its event loop; asleep, it has six times as long. A worker above this limit is killed and replaced. 0: no limit.
  std::chrono::milliseconds blocked{10000};
  /// `[pools.NAME] memory`: Resident memory above which a worker is replaced: another worker starts, then this one finishes its requests and ends.
  std::uint64_t memory = 0;
  /// `[pools.NAME] memory_hard`: Resident memory above which a worker is killed. Also limits its JavaScript heap.
  std::uint64_t memory_hard = 0;
  /// `[pools.NAME] start_timeout`: CPU time that a worker may use until it is ready, and later to import a route's modules.
  std::chrono::milliseconds start_timeout{60000};
  /// `[pools.NAME] drain_timeout`: Time within which a worker that drains must end; after it, the worker is killed. Time in which it got no CPU does not count.
  std::chrono::milliseconds drain_timeout{30000};
};

/// Kernel limits of one worker, which do not affect the server and the other workers. 0: the worker has the server's own limit.
struct ProcessLimits {
  /// `[pools.NAME] processes`: Maximum number of processes and threads of the user that runs a worker (`RLIMIT_NPROC`, which does not apply to root).
  std::size_t processes = 0;
  /// `[pools.NAME] open_files`: Maximum number of file descriptors of a worker (`RLIMIT_NOFILE`).
  std::size_t open_files = 0;
};

/// Which routes a pool serves, and how its workers are started.
struct PoolKeys {
  /// `[pools.NAME] routes`: Globs of route paths. Every pool except `default` needs at least one; `default` gets the routes that no other pool claims.
  std::vector<std::string> routes;
  /// `[pools.NAME] max_duration`: Time limit of an invocation, for routes that do not set `maxDuration`; after it, the response is 504.
  std::chrono::milliseconds max_duration{0};
  /// `[pools.NAME] node_flags`: Command-line flags for Node.js.
  std::vector<std::string> node_flags;
  /// `[pools.NAME] threads`: Threads of a worker that runs routes in C++. With 1, handlers run on the thread that reads requests: this costs the least per request, but a handler that blocks delays all others.
  std::size_t threads = 0;
  /// `[pools.NAME] inline`: Runs the pool's routes in C++ in the server's own process, on its event loop.
  bool run_inline = false;
  /// `[pools.NAME] env`: Environment variables of the pool's workers. They override those of the project.
  std::vector<std::string> env;
};

/// What the sandbox of a pool's workers lets them write and read.
struct SandboxKeys {
  /// `[pools.NAME.sandbox] data`: Folders that workers may write to, absolute or relative to the project.
  std::vector<std::string> data;
  /// `[pools.NAME.sandbox] env`: Names of environment variables that workers get in addition to the few that every process needs.
  std::vector<std::string> env;
};

/// How routes in C++ are compiled.
struct NativeSettings {
  /// `[native] compiler`: The C++ compiler.
  std::string compiler;
  /// `[native] flags`: Compiler flags, placed after Millrace's own (`-std=c++20 -fPIC -Wall -Wextra`, and `-O2`, or `-O0` in development). They are also used for linking.
  std::vector<std::string> flags;
  /// `[native] include`: Folders that are searched for `#include`, absolute or relative to the project.
  std::vector<std::string> include;
  /// `[native] libraries`: Libraries to link.
  std::vector<std::string> libraries;
  /// `[native] pkg_config`: Packages that are compiled and linked with the flags that `pkg-config` prints for them.
  std::vector<std::string> pkg_config;
  /// `[native] sources`: Globs of source files, relative to the project. Each file is compiled once and shared by all routes of a process.
  std::vector<std::string> sources;
  /// `[native] cmake`: Path of a `CMakeLists.txt`, relative to the project, that builds the routes instead.
  std::string cmake;
};

/// The engine that compiles routes.
struct BuildKeys {
  /// `[build] engine`: Engine that compiles routes. `--engine` overrides this key.
  Engine engine = Engine::automatic;
  /// `[build] pages`: Whether pages are built and served, if the project has any.
  bool pages = true;
  /// `[build] allow_unusable`: Whether a route without a handler (no method, no default export) is a warning. Otherwise `millrace build` fails.
  bool allow_unusable = false;
};

/// The engine for the routes that a glob matches.
struct EngineRule {
  /// `[build.routes] match`: Glob of route paths, as in `routes` of a pool.
  std::string match;
  /// `[build.routes] engine`: Engine that compiles the routes that `match` matches.
  Engine engine = Engine::automatic;
};

/// Which responses are compressed, and how.
struct CompressionKeys {
  /// `[compression] enabled`: Whether the server compresses responses and sends files that the build has compressed. `compress: false` of `next.config` turns both off, too.
  bool enabled = true;
  /// `[compression] encodings`: Content codings that clients can get, in the order of the server's preference: `"zstd"`, `"br"`, `"gzip"`, `"deflate"`. By default, as under `next start`, what the server compresses has gzip or deflate; files that the build has compressed have Brotli, Zstandard or gzip.
  std::vector<std::string> encodings;
  /// `[compression] min_size`: Smallest body that the server compresses, if it knows the length.
  std::uint64_t min_size = 1024;
  /// `[compression] level_gzip`: Level of gzip and deflate for what the server compresses. A higher one takes more CPU time.
  std::size_t level_gzip = 6;
  /// `[compression] level_br`: Level of Brotli, likewise.
  std::size_t level_br = 4;
  /// `[compression] level_zstd`: Level of Zstandard, likewise.
  std::size_t level_zstd = 3;
};

/// The server that responds to requests for which the project has nothing.
struct UpstreamKeys {
  /// `[upstream] url`: The server to which requests go that no route, file or rule of the project takes. `--upstream` overrides this key.
  std::string url;
};

/// What the server logs, and where.
struct LogKeys {
  /// `[log] format`: How the server writes its messages and those of the project's code. `--log-format` overrides this key.
  std::string format = "text";
  /// `[log] access`: Format of the access log, which has a line for each request. `--access-log` overrides this key.
  std::string access = "off";
  /// `[log] file`: File for messages instead of standard output and standard error, absolute or relative to the project.
  std::string file;
  /// `[log] access_file`: File for the access log instead of standard output, absolute or relative to the project.
  std::string access_file;
  /// `[log] request_ids`: Whether requests have ids. `"auto"`: if there is an access log or messages are JSON.
  std::string request_ids = "auto";
  /// `[log] mask`: Names of query parameters whose values are logged as `***`. Replaces the default list.
  std::vector<std::string> mask = {"token", "access_token", "refresh_token", "id_token", "code", "password", "passwd", "secret", "client_secret", "api_key", "apikey", "key", "signature", "sig", "session"};
  /// `[log] silence`: A request that has no response after this time is logged, once. 0: never.
  std::uint32_t silence = 30;
};

/// TLS for the server's clients.
struct TlsKeys {
  /// `[tls] certificate`: File of the certificate and its chain in PEM, absolute or relative to the project. With it, the server's port speaks HTTPS. The file is read again when it changes.
  std::string certificate;
  /// `[tls] key`: File of the certificate's private key in PEM, without a passphrase.
  std::string key;
  /// `[tls] redirect_from`: A second port, without TLS, at which every request is redirected to HTTPS with 308; 80 as a rule.
  std::size_t redirect_from = 0;
  /// `[tls] redirect_to`: Port in the URLs of these redirects, if clients reach the server at another port than its own.
  std::size_t redirect_to = 0;
  /// `[tls] challenges`: Folder in which an ACME client leaves its challenges below `.well-known/acme-challenge`, absolute or relative to the project. With it, the server starts without certificates too, and loads them when they appear.
  std::string challenges;
  /// `[tls] hsts`: Value of `Strict-Transport-Security` for all responses over HTTPS (`"max-age=31536000"`), unless a response sets its own.
  std::string hsts;
  /// `[tls] client_certificates`: Whether clients present certificates. Routes find the certificate in the request field `Client-Cert` (RFC 9440).
  std::string client_certificates = "none";
  /// `[tls] client_authorities`: File of the authorities in PEM that clients' certificates must be of; required with `client_certificates`.
  std::string client_authorities;
};

/// A certificate with its private key.
struct TlsCertificateKeys {
  /// `[tls.certificates] certificate`: File of the certificate and its chain, as `certificate` of `[tls]`.
  std::string certificate;
  /// `[tls.certificates] key`: File of the certificate's private key, as `key` of `[tls]`.
  std::string key;
};

/// The address for operators: metrics and health checks.
struct AdminKeys {
  /// `[admin] listen`: Address at which `millrace start` serves `/metrics`, `/livez`, `/readyz` and `/startupz`.
  std::string listen;
  /// `[admin] remote`: Allows a `listen` address that other machines can reach. It has no access control of its own.
  bool remote = false;
};

/// Traces of requests, and where they are sent.
struct TracingKeys {
  /// `[tracing] enabled`: `millrace start` makes traces of requests and sends them to an OpenTelemetry collector, by OTLP over HTTP with JSON.
  bool enabled = false;
  /// `[tracing] endpoint`: URL of the collector, to which `/v1/traces` is appended. Overrides `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` and `OTEL_EXPORTER_OTLP_ENDPOINT`.
  std::string endpoint;
  /// `[tracing] ratio`: Share of recorded traces among those that begin at the server. A request with a `traceparent` field is recorded if its caller records it.
  double ratio = 1;
  /// `[tracing] service_name`: Name of the service in traces. Overrides `OTEL_SERVICE_NAME`.
  std::string service_name;
  /// `[tracing] headers`: Fields of requests to the collector, such as a key. They replace `OTEL_EXPORTER_OTLP_HEADERS`.
  std::vector<std::string> headers;
  /// `[tracing] propagate`: Servers to which `fetch` in route handlers and the middleware sends the request's `traceparent`.
  std::vector<std::string> propagate;
};

/// A limit on the rate of requests.
struct RateRuleKeys {
  /// `[limits.rate] routes`: Paths of requests, as globs.
  std::vector<std::string> routes;
  /// `[limits.rate] methods`: Methods of requests.
  std::vector<std::string> methods;
  /// `[limits.rate] key`: Which requests share a count: those of one client (`"address"`), those with the same value of a field (`"header:NAME"`) or of a cookie (`"cookie:NAME"`), or all that the rule matches (`"route"`). A request without the field or the cookie is counted by its address.
  std::string key = "address";
  /// `[limits.rate] limit`: Requests and the time in which they are allowed (`"100/60s"`).
  std::string limit;
  /// `[limits.rate] burst`: Requests that are allowed at once, after a time without any.
  std::size_t burst = 0;
  /// `[limits.rate] name`: The rule's name in response fields and metrics: letters, digits, `-`, `_` and `.`.
  std::string name;
};

/// A limit on requests in progress.
struct ConcurrencyRuleKeys {
  /// `[limits.concurrency] routes`: Paths of requests, as globs.
  std::vector<std::string> routes;
  /// `[limits.concurrency] limit`: Maximum number of requests without a complete response.
  std::size_t limit = 0;
  /// `[limits.concurrency] key`: Which requests share a count, as `key` of `[[limits.rate]]`.
  std::string key = "route";
};

/// The priority of requests where the server is overloaded.
struct PriorityRuleKeys {
  /// `[limits.priority] routes`: Paths of requests, as globs. The first rule that matches applies; requests that none matches are `normal`.
  std::vector<std::string> routes;
  /// `[limits.priority] priority`: `low` is refused first, `high` last.
  std::string priority = "normal";
};

/// Which other origins may read responses (CORS).
struct CorsRuleKeys {
  /// `[cors] routes`: Paths of requests, as globs. The first rule that matches applies.
  std::vector<std::string> routes;
  /// `[cors] origins`: Origins whose pages may read responses: `"https://app.example.com"`, `"https://*.example.com"` for all names below one, or `"*"` for all origins.
  std::vector<std::string> origins;
  /// `[cors] methods`: Methods that pages of these origins may use.
  std::vector<std::string> methods = {"GET", "HEAD", "POST"};
  /// `[cors] headers`: Request fields that pages may set, besides those that browsers always allow; `"*"` for all but `Authorization`.
  std::vector<std::string> headers;
  /// `[cors] expose`: Response fields that pages may read, besides those that browsers always allow.
  std::vector<std::string> expose;
  /// `[cors] credentials`: Whether requests may carry cookies and other credentials. Not together with `"*"`.
  bool credentials = false;
  /// `[cors] max_age`: Time for which browsers keep the response to a preflight request.
  std::uint32_t max_age = 600;
};

/// Response fields that are added unless a response has them.
struct HeaderRuleKeys {
  /// `[headers] routes`: Paths of requests, as globs. All rules that match apply; of the same field, the first one counts.
  std::vector<std::string> routes;
  /// `[headers] set`: Fields that a response gets unless it has them.
  std::vector<std::string> set;
  /// `[headers] security`: Adds usual fields for security, after those of `set`.
  bool security = false;
};

/// Keys of the server itself, and of all its pools together.
struct ServerKeys {
  /// `[server] cgroup`: Each worker runs in a control group of its own.
  bool cgroup = false;
  /// `[server] follow_links`: Which symbolic links in `public/` are followed: all, as under Next.js, or only those that do not lead out of the project.
  std::string follow_links = "anywhere";
  /// `[server] health_path`: A path at which the server itself responds on its public address, for load balancers: 200 while it is ready, otherwise 503.
  std::string health_path;
  /// `[server] probe`: A path whose response must have a status below 500 before a new build is promoted.
  std::string probe;
  /// `[pools] db_connections`: Number of database connections that all workers of all pools may open together. Each worker finds its share in `MILLRACE_DB_POOL_SIZE`.
  std::size_t db_connections = 0;
};

/// Which reverse proxies are trusted, and which hosts are served.
struct ProxyKeys {
  /// `[server] allowed_hosts`: Hosts that the server serves; `*` stands for one label, a leading `**` for one or more (`"*.example.com"`). Requests for others get 421.
  std::vector<std::string> allowed_hosts;
  /// `[server] forwarded`: The request fields in which `trusted_proxies` tell about the client: `X-Forwarded-For`, `-Proto`, `-Host` and `-Port`, or `Forwarded` (RFC 7239).
  std::string forwarded = "x-forwarded";
  /// `[server] proxy_protocol`: Connections from `trusted_proxies` begin with a header of the PROXY protocol, version 1 or 2, which names the client; others do not.
  bool proxy_protocol = false;
  /// `[server] trusted_proxies`: Addresses and networks of the reverse proxies in front of the server. What they tell about a client counts, and what anybody else tells is dropped.
  std::vector<base::IpNetwork> trusted_proxies = {};
};

/// Bounds that keep one client, or all clients together, from taking up the server. Times are in seconds; a sweep once a second checks them.
struct ServerLimits {
  /// `[server] max_header_size`: Maximum size of a request's head, which is the request line and all fields. The response to a larger head is 431, to a longer target 414.
  std::uint64_t head_size = 16384;
  /// `[limits] keep_alive`: A connection without a request is closed after this time. `--keepAliveTimeout` overrides this key.
  std::uint32_t keep_alive = 75;
  /// `[limits] head_timeout`: Time within which a request's head must arrive; after it, the response is 408.
  std::uint32_t head = 60;
  /// `[limits] handshake_timeout`: Time within which a TLS handshake must be complete; after it, the connection is closed. Where places for connections run short, the oldest handshake gives way.
  std::uint32_t handshake = 10;
  /// `[limits] body_timeout`: A request body must arrive at `body_rate` or faster, on average over each interval of this length; otherwise the response is 408. Only time in which the server is ready to read the body counts.
  std::uint32_t body = 60;
  /// `[limits] body_rate`: Minimum rate of a request body, in bytes per second. 0: any progress within `body_timeout` is enough.
  std::uint64_t body_rate = 240;
  /// `[limits] write_timeout`: The client must read a response that is waiting for it at `write_rate` or faster, on average over each interval of this length; otherwise its connection is closed. Bytes count when the client's TCP has acknowledged them. A stream with no unsent bytes is never closed for this reason.
  std::uint32_t write = 60;
  /// `[limits] write_rate`: Minimum rate at which a client must read a response, in bytes per second. 0: any progress within `write_timeout` is enough.
  std::uint64_t write_rate = 240;
  /// `[limits] half_closed_timeout`: A client that has closed its sending side still gets its response if the response begins within this time. 0: the client counts as gone immediately.
  std::uint32_t half_closed = 5;
  /// `[limits] shutdown_timeout`: At shutdown, requests that are still in flight after this time are aborted.
  std::uint32_t grace = 10;
  /// `[limits] linger`: At shutdown, an idle connection whose last request came within this time stays open for one more, whose response carries `Connection: close`.
  std::uint32_t linger = 2;
  /// `[limits] discard`: Maximum number of request body bytes that the server reads and discards after the response; with more, it closes the connection.
  std::uint64_t discard = 1048576;
  /// `[limits] pipelined`: While more response bytes than this are unsent, the next pipelined request waits.
  std::uint64_t pipelined = 65536;
  /// `[limits] memory`: Maximum number of bytes that the server buffers for all clients together. Above it, requests get 503, and clients that make no progress are disconnected.
  std::uint64_t memory = 50331648;
  /// `[limits] connections`: Maximum number of connections; lower if the limit of descriptors requires it. At the maximum, idle connections are closed to accept new ones; if none is idle, the response is 503.
  std::size_t connections = 20000;
  /// `[limits] connections_per_client`: Maximum number of connections of one client, which is an IPv4 address or an IPv6 network of 64 bits. At the maximum, its idle connections are closed to accept new ones; if none is idle, the response is 429. 0: no limit.
  std::size_t connections_per_client = 1024;
  /// `[limits] exempt_clients`: Addresses and networks to which `connections_per_client`, and counts of `rate` and `concurrency` by address, do not apply. Reverse proxies belong in `trusted_proxies` of `[server]`, which exempts them from the first alone.
  std::vector<base::IpNetwork> exempt_clients = {*base::IpNetwork::parse("127.0.0.0/8"), *base::IpNetwork::parse("::1")};
  /// `[limits] tunnel_timeout`: A WebSocket or other tunnel, to a route or to the upstream, is closed when no byte has passed in either direction for this time.
  std::uint32_t tunnel = 3600;
  /// `[limits] http2_streams`: Maximum number of requests in progress on one HTTP/2 connection; further ones are refused, and clients send them again. 0: HTTP/2 is off.
  std::size_t http2_streams = 100;
  /// `[limits] descriptor_reserve`: File descriptors that connections of clients cannot use; they are for workers, files and name resolution of upstream servers. At most half of all descriptors.
  std::size_t descriptor_reserve = 256;
};

}  // namespace millrace::project
