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
  address,
  ratio,
  url,
  origin,
  origins,
  glob,
  choice,
  texts,
  globs,
  variables,
  engine,
  networks,
  codings,
  workers,
  sandbox,
  certificates,
  tables,
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

inline constexpr std::array<SettingsSection, 20> kSettingsSections = {
    SettingsSection{"server", "The server"},
    SettingsSection{"limits", "Limits for clients"},
    SettingsSection{"limits.rate", "A limit on the rate of requests"},
    SettingsSection{"limits.concurrency", "A limit on requests in progress"},
    SettingsSection{"limits.priority", "The priority of requests"},
    SettingsSection{"cors", "Requests of other origins"},
    SettingsSection{"headers", "Response fields"},
    SettingsSection{"compression", "Compression of responses"},
    SettingsSection{"tls", "TLS"},
    SettingsSection{"tls.certificates", "A further certificate"},
    SettingsSection{"log", "Logs"},
    SettingsSection{"admin", "Metrics and health checks"},
    SettingsSection{"tracing", "Traces"},
    SettingsSection{"upstream", "The upstream"},
    SettingsSection{"pools", "All pools together"},
    SettingsSection{"pools.NAME", "A pool of workers"},
    SettingsSection{"pools.NAME.sandbox", "A pool's sandbox"},
    SettingsSection{"native", "Routes in C++"},
    SettingsSection{"build", "Engines"},
    SettingsSection{"build.routes", "An engine for some routes"},
};

/// All keys, by section.
inline constexpr std::array<SettingsKey, 125> kSettingsKeys = {
    SettingsKey{"server", "allowed_hosts", KeyType::texts, 0, 0, "an array of strings", "every host", "Hosts that the server serves; `*` stands for one label, a leading `**` for one or more (`\"*.example.com\"`). Requests for others get 421."},
    SettingsKey{"server", "cgroup", KeyType::boolean, 0, 0, "true or false", "false", "Each worker runs in a control group of its own."},
    SettingsKey{"server", "follow_links", KeyType::choice, 0, 0, "\"anywhere\" or \"project\"", "\"anywhere\"", "Which symbolic links in `public/` are followed: all, as under Next.js, or only those that do not lead out of the project."},
    SettingsKey{"server", "health_path", KeyType::path, 0, 0, "a path that begins with \"/\" (\"/api/health\")", "none", "A path at which the server itself responds on its public address, for load balancers: 200 while it is ready, otherwise 503."},
    SettingsKey{"server", "max_header_size", KeyType::size, 8192, 262144, "a size from \"8KB\" to \"256KB\"", "\"16KB\"", "Maximum size of a request's head, which is the request line and all fields. The response to a larger head is 431, to a longer target 414."},
    SettingsKey{"server", "probe", KeyType::path, 0, 0, "a path that begins with \"/\" (\"/api/health\")", "none", "A path whose response must have a status below 500 before a new build is promoted."},
    SettingsKey{"server", "forwarded", KeyType::choice, 0, 0, "\"x-forwarded\" or \"forwarded\"", "\"x-forwarded\"", "The request fields in which `trusted_proxies` tell about the client: `X-Forwarded-For`, `-Proto`, `-Host` and `-Port`, or `Forwarded` (RFC 7239)."},
    SettingsKey{"server", "proxy_protocol", KeyType::boolean, 0, 0, "true or false", "false", "Connections from `trusted_proxies` begin with a header of the PROXY protocol, version 1 or 2, which names the client; others do not."},
    SettingsKey{"server", "trusted_proxies", KeyType::networks, 0, 0, "addresses or networks ([\"10.0.0.0/8\", \"2001:db8::1\"])", "none", "Addresses and networks of the reverse proxies in front of the server. What they tell about a client counts, and what anybody else tells is dropped."},
    SettingsKey{"limits", "keep_alive", KeyType::seconds, 1, 86400, "whole seconds from 1s to 24h", "\"75s\"", "A connection without a request is closed after this time. `--keepAliveTimeout` overrides this key."},
    SettingsKey{"limits", "head_timeout", KeyType::seconds, 1, 86400, "whole seconds from 1s to 24h", "\"60s\"", "Time within which a request's head must arrive; after it, the response is 408."},
    SettingsKey{"limits", "handshake_timeout", KeyType::seconds, 1, 86400, "whole seconds from 1s to 24h", "\"10s\"", "Time within which a TLS handshake must be complete; after it, the connection is closed. Where places for connections run short, the oldest handshake gives way."},
    SettingsKey{"limits", "body_timeout", KeyType::seconds, 1, 86400, "whole seconds from 1s to 24h", "\"60s\"", "A request body must arrive at `body_rate` or faster, on average over each interval of this length; otherwise the response is 408. Only time in which the server is ready to read the body counts."},
    SettingsKey{"limits", "body_rate", KeyType::size, 0, 4503599627370496, "a size (\"512MB\", \"1GB\", or bytes)", "240", "Minimum rate of a request body, in bytes per second. 0: any progress within `body_timeout` is enough."},
    SettingsKey{"limits", "write_timeout", KeyType::seconds, 1, 86400, "whole seconds from 1s to 24h", "\"60s\"", "The client must read a response that is waiting for it at `write_rate` or faster, on average over each interval of this length; otherwise its connection is closed. Bytes count when the client's TCP has acknowledged them. A stream with no unsent bytes is never closed for this reason."},
    SettingsKey{"limits", "write_rate", KeyType::size, 0, 4503599627370496, "a size (\"512MB\", \"1GB\", or bytes)", "240", "Minimum rate at which a client must read a response, in bytes per second. 0: any progress within `write_timeout` is enough."},
    SettingsKey{"limits", "half_closed_timeout", KeyType::seconds, 0, 86400, "whole seconds from 0s to 24h", "\"5s\"", "A client that has closed its sending side still gets its response if the response begins within this time. 0: the client counts as gone immediately."},
    SettingsKey{"limits", "shutdown_timeout", KeyType::seconds, 1, 86400, "whole seconds from 1s to 24h", "\"10s\"", "At shutdown, requests that are still in flight after this time are aborted."},
    SettingsKey{"limits", "linger", KeyType::seconds, 0, 86400, "whole seconds from 0s to 24h", "\"2s\"", "At shutdown, an idle connection whose last request came within this time stays open for one more, whose response carries `Connection: close`."},
    SettingsKey{"limits", "discard", KeyType::size, 0, 4503599627370496, "a size (\"512MB\", \"1GB\", or bytes)", "\"1MB\"", "Maximum number of request body bytes that the server reads and discards after the response; with more, it closes the connection."},
    SettingsKey{"limits", "pipelined", KeyType::size, 0, 4503599627370496, "a size (\"512MB\", \"1GB\", or bytes)", "\"64KB\"", "While more response bytes than this are unsent, the next pipelined request waits."},
    SettingsKey{"limits", "memory", KeyType::size, 1048576, 4503599627370496, "a size of at least \"1MB\"", "\"48MB\"", "Maximum number of bytes that the server buffers for all clients together. Above it, requests get 503, and clients that make no progress are disconnected."},
    SettingsKey{"limits", "connections", KeyType::count, 1, 1000000, "an integer from 1 to 1,000,000", "20000", "Maximum number of connections; lower if the limit of descriptors requires it. At the maximum, idle connections are closed to accept new ones; if none is idle, the response is 503."},
    SettingsKey{"limits", "connections_per_client", KeyType::count, 0, 1000000, "an integer from 0 to 1,000,000", "1024", "Maximum number of connections of one client, which is an IPv4 address or an IPv6 network of 64 bits. At the maximum, its idle connections are closed to accept new ones; if none is idle, the response is 429. 0: no limit."},
    SettingsKey{"limits", "exempt_clients", KeyType::networks, 0, 0, "addresses or networks ([\"10.0.0.0/8\", \"2001:db8::1\"])", "[\"127.0.0.0/8\",\"::1\"]", "Addresses and networks to which `connections_per_client`, and counts of `rate` and `concurrency` by address, do not apply. Reverse proxies belong in `trusted_proxies` of `[server]`, which exempts them from the first alone."},
    SettingsKey{"limits", "tunnel_timeout", KeyType::seconds, 1, 86400, "whole seconds from 1s to 24h", "\"1h\"", "A WebSocket or other tunnel, to a route or to the upstream, is closed when no byte has passed in either direction for this time."},
    SettingsKey{"limits", "http2_streams", KeyType::count, 0, 1000000, "an integer from 0 to 1,000,000", "100", "Maximum number of requests in progress on one HTTP/2 connection; further ones are refused, and clients send them again. 0: HTTP/2 is off."},
    SettingsKey{"limits", "descriptor_reserve", KeyType::count, 16, 1000000, "an integer from 16 to 1,000,000", "256", "File descriptors that connections of clients cannot use; they are for workers, files and name resolution of upstream servers. At most half of all descriptors."},
    SettingsKey{"limits", "rate", KeyType::tables, 0, 0, "tables ([[limits.rate]])", "none", "Limits on the rate of requests."},
    SettingsKey{"limits", "concurrency", KeyType::tables, 0, 0, "tables ([[limits.concurrency]])", "none", "Limits on requests in progress."},
    SettingsKey{"limits", "priority", KeyType::tables, 0, 0, "tables ([[limits.priority]])", "none", "Which requests are refused first where the server is overloaded."},
    SettingsKey{"limits.rate", "routes", KeyType::globs, 0, 0, "globs that begin with \"/\" ([\"/api/reports/**\"])", "required", "Paths of requests, as globs."},
    SettingsKey{"limits.rate", "methods", KeyType::texts, 0, 0, "an array of strings", "all", "Methods of requests."},
    SettingsKey{"limits.rate", "key", KeyType::text, 0, 0, "a string", "\"address\"", "Which requests share a count: those of one client (`\"address\"`), those with the same value of a field (`\"header:NAME\"`) or of a cookie (`\"cookie:NAME\"`), or all that the rule matches (`\"route\"`). A request without the field or the cookie is counted by its address."},
    SettingsKey{"limits.rate", "limit", KeyType::text, 0, 0, "a string", "required", "Requests and the time in which they are allowed (`\"100/60s\"`)."},
    SettingsKey{"limits.rate", "burst", KeyType::count, 0, 1000000, "an integer from 0 to 1,000,000", "the requests of `limit`", "Requests that are allowed at once, after a time without any."},
    SettingsKey{"limits.rate", "name", KeyType::text, 0, 0, "a string", "`rate-1`, `rate-2` …", "The rule's name in response fields and metrics: letters, digits, `-`, `_` and `.`."},
    SettingsKey{"limits.concurrency", "routes", KeyType::globs, 0, 0, "globs that begin with \"/\" ([\"/api/reports/**\"])", "required", "Paths of requests, as globs."},
    SettingsKey{"limits.concurrency", "limit", KeyType::count, 1, 1000000, "an integer from 1 to 1,000,000", "required", "Maximum number of requests without a complete response."},
    SettingsKey{"limits.concurrency", "key", KeyType::text, 0, 0, "a string", "\"route\"", "Which requests share a count, as `key` of `[[limits.rate]]`."},
    SettingsKey{"limits.priority", "routes", KeyType::globs, 0, 0, "globs that begin with \"/\" ([\"/api/reports/**\"])", "required", "Paths of requests, as globs. The first rule that matches applies; requests that none matches are `normal`."},
    SettingsKey{"limits.priority", "priority", KeyType::choice, 0, 0, "\"low\", \"normal\" or \"high\"", "required", "`low` is refused first, `high` last."},
    SettingsKey{"cors", "routes", KeyType::globs, 0, 0, "globs that begin with \"/\" ([\"/api/reports/**\"])", "required", "Paths of requests, as globs. The first rule that matches applies."},
    SettingsKey{"cors", "origins", KeyType::texts, 0, 0, "an array of strings", "required", "Origins whose pages may read responses: `\"https://app.example.com\"`, `\"https://*.example.com\"` for all names below one, or `\"*\"` for all origins."},
    SettingsKey{"cors", "methods", KeyType::texts, 0, 0, "an array of strings", "[\"GET\",\"HEAD\",\"POST\"]", "Methods that pages of these origins may use."},
    SettingsKey{"cors", "headers", KeyType::texts, 0, 0, "an array of strings", "none", "Request fields that pages may set, besides those that browsers always allow; `\"*\"` for all but `Authorization`."},
    SettingsKey{"cors", "expose", KeyType::texts, 0, 0, "an array of strings", "none", "Response fields that pages may read, besides those that browsers always allow."},
    SettingsKey{"cors", "credentials", KeyType::boolean, 0, 0, "true or false", "false", "Whether requests may carry cookies and other credentials. Not together with `\"*\"`."},
    SettingsKey{"cors", "max_age", KeyType::seconds, 0, 86400, "whole seconds from 0s to 24h", "\"10m\"", "Time for which browsers keep the response to a preflight request."},
    SettingsKey{"headers", "routes", KeyType::globs, 0, 0, "globs that begin with \"/\" ([\"/api/reports/**\"])", "required", "Paths of requests, as globs. All rules that match apply; of the same field, the first one counts."},
    SettingsKey{"headers", "set", KeyType::variables, 0, 0, "a table ({ NAME = \"value\" })", "none", "Fields that a response gets unless it has them."},
    SettingsKey{"headers", "security", KeyType::boolean, 0, 0, "true or false", "false", "Adds usual fields for security, after those of `set`."},
    SettingsKey{"compression", "enabled", KeyType::boolean, 0, 0, "true or false", "true", "Whether the server compresses responses and sends files that the build has compressed. `compress: false` of `next.config` turns both off, too."},
    SettingsKey{"compression", "encodings", KeyType::codings, 0, 0, "\"zstd\", \"br\", \"gzip\" or \"deflate\", each at most once ([\"zstd\", \"br\", \"gzip\"])", "as `next start`", "Content codings that clients can get, in the order of the server's preference: `\"zstd\"`, `\"br\"`, `\"gzip\"`, `\"deflate\"`. By default, as under `next start`, what the server compresses has gzip or deflate; files that the build has compressed have Brotli, Zstandard or gzip."},
    SettingsKey{"compression", "min_size", KeyType::size, 0, 1073741824, "a size from \"0KB\" to \"1GB\"", "\"1KB\"", "Smallest body that the server compresses, if it knows the length."},
    SettingsKey{"compression", "level_gzip", KeyType::count, 1, 9, "an integer from 1 to 9", "6", "Level of gzip and deflate for what the server compresses. A higher one takes more CPU time."},
    SettingsKey{"compression", "level_br", KeyType::count, 1, 6, "an integer from 1 to 6", "4", "Level of Brotli, likewise."},
    SettingsKey{"compression", "level_zstd", KeyType::count, 1, 9, "an integer from 1 to 9", "3", "Level of Zstandard, likewise."},
    SettingsKey{"tls", "certificate", KeyType::text, 0, 0, "a string", "none", "File of the certificate and its chain in PEM, absolute or relative to the project. With it, the server's port speaks HTTPS. The file is read again when it changes."},
    SettingsKey{"tls", "key", KeyType::text, 0, 0, "a string", "none", "File of the certificate's private key in PEM, without a passphrase."},
    SettingsKey{"tls", "certificates", KeyType::certificates, 0, 0, "tables ([[tls.certificates]])", "none", "Further certificates (`[[tls.certificates]]`). A client gets the one for the name that it asks for, or the first."},
    SettingsKey{"tls", "redirect_from", KeyType::count, 0, 65535, "an integer from 0 to 65,535", "none", "A second port, without TLS, at which every request is redirected to HTTPS with 308; 80 as a rule."},
    SettingsKey{"tls", "redirect_to", KeyType::count, 0, 65535, "an integer from 0 to 65,535", "the server's port", "Port in the URLs of these redirects, if clients reach the server at another port than its own."},
    SettingsKey{"tls", "challenges", KeyType::text, 0, 0, "a string", "none", "Folder in which an ACME client leaves its challenges below `.well-known/acme-challenge`, absolute or relative to the project. With it, the server starts without certificates too, and loads them when they appear."},
    SettingsKey{"tls", "hsts", KeyType::text, 0, 0, "a string", "none", "Value of `Strict-Transport-Security` for all responses over HTTPS (`\"max-age=31536000\"`), unless a response sets its own."},
    SettingsKey{"tls", "client_certificates", KeyType::choice, 0, 0, "\"none\", \"optional\" or \"required\"", "\"none\"", "Whether clients present certificates. Routes find the certificate in the request field `Client-Cert` (RFC 9440)."},
    SettingsKey{"tls", "client_authorities", KeyType::text, 0, 0, "a string", "none", "File of the authorities in PEM that clients' certificates must be of; required with `client_certificates`."},
    SettingsKey{"tls.certificates", "certificate", KeyType::text, 0, 0, "a string", "required", "File of the certificate and its chain, as `certificate` of `[tls]`."},
    SettingsKey{"tls.certificates", "key", KeyType::text, 0, 0, "a string", "required", "File of the certificate's private key, as `key` of `[tls]`."},
    SettingsKey{"log", "format", KeyType::choice, 0, 0, "\"text\" or \"json\"", "\"text\"", "How the server writes its messages and those of the project's code. `--log-format` overrides this key."},
    SettingsKey{"log", "access", KeyType::choice, 0, 0, "\"off\", \"common\" or \"json\"", "\"off\"", "Format of the access log, which has a line for each request. `--access-log` overrides this key."},
    SettingsKey{"log", "file", KeyType::text, 0, 0, "a string", "none", "File for messages instead of standard output and standard error, absolute or relative to the project."},
    SettingsKey{"log", "access_file", KeyType::text, 0, 0, "a string", "none", "File for the access log instead of standard output, absolute or relative to the project."},
    SettingsKey{"log", "request_ids", KeyType::choice, 0, 0, "\"auto\", \"on\" or \"off\"", "\"auto\"", "Whether requests have ids. `\"auto\"`: if there is an access log or messages are JSON."},
    SettingsKey{"log", "mask", KeyType::texts, 0, 0, "an array of strings", "a list", "Names of query parameters whose values are logged as `***`. Replaces the default list."},
    SettingsKey{"log", "silence", KeyType::seconds, 0, 86400, "whole seconds from 0s to 24h", "\"30s\"", "A request that has no response after this time is logged, once. 0: never."},
    SettingsKey{"admin", "listen", KeyType::address, 0, 0, "a host and a port (\"127.0.0.1:9464\")", "none", "Address at which `millrace start` serves `/metrics`, `/livez`, `/readyz` and `/startupz`."},
    SettingsKey{"admin", "remote", KeyType::boolean, 0, 0, "true or false", "false", "Allows a `listen` address that other machines can reach. It has no access control of its own."},
    SettingsKey{"tracing", "enabled", KeyType::boolean, 0, 0, "true or false", "false", "`millrace start` makes traces of requests and sends them to an OpenTelemetry collector, by OTLP over HTTP with JSON."},
    SettingsKey{"tracing", "endpoint", KeyType::url, 0, 0, "an http or https URL (\"http://127.0.0.1:4318\")", "`http://localhost:4318`", "URL of the collector, to which `/v1/traces` is appended. Overrides `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` and `OTEL_EXPORTER_OTLP_ENDPOINT`."},
    SettingsKey{"tracing", "ratio", KeyType::ratio, 0, 0, "a number from 0 to 1", "1", "Share of recorded traces among those that begin at the server. A request with a `traceparent` field is recorded if its caller records it."},
    SettingsKey{"tracing", "service_name", KeyType::text, 0, 0, "a string", "`millrace`", "Name of the service in traces. Overrides `OTEL_SERVICE_NAME`."},
    SettingsKey{"tracing", "headers", KeyType::variables, 0, 0, "a table ({ NAME = \"value\" })", "none", "Fields of requests to the collector, such as a key. They replace `OTEL_EXPORTER_OTLP_HEADERS`."},
    SettingsKey{"tracing", "propagate", KeyType::origins, 0, 0, "URLs of servers, without paths ([\"https://api.example.com\"])", "none", "Servers to which `fetch` in route handlers and the middleware sends the request's `traceparent`."},
    SettingsKey{"upstream", "url", KeyType::origin, 0, 0, "the URL of a server, without a path (\"http://127.0.0.1:3001\")", "none", "The server to which requests go that no route, file or rule of the project takes. `--upstream` overrides this key."},
    SettingsKey{"pools", "db_connections", KeyType::count, 0, 1000000, "an integer from 0 to 1,000,000", "none", "Number of database connections that all workers of all pools may open together. Each worker finds its share in `MILLRACE_DB_POOL_SIZE`."},
    SettingsKey{"pools.NAME", "routes", KeyType::globs, 0, 0, "globs that begin with \"/\" ([\"/api/reports/**\"])", "none", "Globs of route paths. Every pool except `default` needs at least one; `default` gets the routes that no other pool claims."},
    SettingsKey{"pools.NAME", "min", KeyType::count, 0, 1000000, "an integer from 0 to 1,000,000", "1", "Minimum number of workers. With 0, the first request after an idle period waits about 50 ms for a worker to start."},
    SettingsKey{"pools.NAME", "max", KeyType::count, 1, 1000000, "an integer from 1 to 1,000,000", "number of cores, fewer if memory is short", "Maximum number of workers."},
    SettingsKey{"pools.NAME", "workers", KeyType::workers, 0, 0, "a number from 1 to 1024 or \"auto\"", "one worker for memory state, else `min` to `max`", "A number sets both `min` and `max`. `\"auto\"` scales from `min` to `max` even if routes have memory state."},
    SettingsKey{"pools.NAME", "concurrency", KeyType::count, 1, 1000000, "an integer from 1 to 1,000,000", "1024", "Maximum number of requests in flight in one worker, without those whose responses are streaming. Further requests wait in the queue."},
    SettingsKey{"pools.NAME", "streams", KeyType::count, 0, 1000000, "an integer from 0 to 1,000,000", "10000", "Maximum number of streaming responses of one worker; a further one is replaced by 503."},
    SettingsKey{"pools.NAME", "upgrades", KeyType::count, 0, 1000000, "an integer from 0 to 1,000,000", "10000", "Maximum number of upgraded connections (WebSockets) of one worker; further upgrades get 503. 0: upgrades are served like other requests."},
    SettingsKey{"pools.NAME", "queue", KeyType::count, 0, 1000000, "an integer from 0 to 1,000,000", "16384", "Maximum number of requests that wait for a worker. Further requests get 503 with `Retry-After` immediately."},
    SettingsKey{"pools.NAME", "queue_timeout", KeyType::duration, 0, 4503599627370496, "a duration (\"500ms\", \"30s\", \"5m\", \"1h\", or seconds)", "\"30s\"", "A request that has waited this long gets 503. While no worker serves, but one is starting or loading modules, requests may wait ten times as long. Requests of clients that have left do not count."},
    SettingsKey{"pools.NAME", "target_wait", KeyType::duration, 0, 4503599627370496, "a duration (\"500ms\", \"30s\", \"5m\", \"1h\", or seconds)", "\"50ms\"", "Another worker starts when requests wait longer than this."},
    SettingsKey{"pools.NAME", "idle", KeyType::duration, 0, 4503599627370496, "a duration (\"500ms\", \"30s\", \"5m\", \"1h\", or seconds)", "\"60s\"", "A worker above `min` ends when it was not needed for this long."},
    SettingsKey{"pools.NAME", "max_duration", KeyType::duration, 0, 4503599627370496, "a duration (\"500ms\", \"30s\", \"5m\", \"1h\", or seconds)", "none", "Time limit of an invocation, for routes that do not set `maxDuration`; after it, the response is 504."},
    SettingsKey{"pools.NAME", "blocked", KeyType::duration, 0, 4503599627370496, "a duration (\"500ms\", \"30s\", \"5m\", \"1h\", or seconds)", "\"10s\"", "CPU time that a worker may use without a turn of its event loop; asleep, it has six times as long. A worker above this limit is killed and replaced. 0: no limit."},
    SettingsKey{"pools.NAME", "memory", KeyType::size, 0, 4503599627370496, "a size (\"512MB\", \"1GB\", or bytes)", "none", "Resident memory above which a worker is replaced: another worker starts, then this one finishes its requests and ends."},
    SettingsKey{"pools.NAME", "memory_hard", KeyType::size, 0, 4503599627370496, "a size (\"512MB\", \"1GB\", or bytes)", "1.5 times `memory`", "Resident memory above which a worker is killed. Also limits its JavaScript heap."},
    SettingsKey{"pools.NAME", "processes", KeyType::count, 0, 1000000, "an integer from 0 to 1,000,000", "the server's limit", "Maximum number of processes and threads of the user that runs a worker (`RLIMIT_NPROC`, which does not apply to root)."},
    SettingsKey{"pools.NAME", "open_files", KeyType::count, 0, 1000000, "an integer from 0 to 1,000,000", "the server's limit", "Maximum number of file descriptors of a worker (`RLIMIT_NOFILE`)."},
    SettingsKey{"pools.NAME", "start_timeout", KeyType::duration, 0, 4503599627370496, "a duration (\"500ms\", \"30s\", \"5m\", \"1h\", or seconds)", "\"60s\"", "CPU time that a worker may use until it is ready, and later to import a route's modules."},
    SettingsKey{"pools.NAME", "drain_timeout", KeyType::duration, 0, 4503599627370496, "a duration (\"500ms\", \"30s\", \"5m\", \"1h\", or seconds)", "\"30s\"", "Time within which a worker that drains must end; after it, the worker is killed. Time in which it got no CPU does not count."},
    SettingsKey{"pools.NAME", "node_flags", KeyType::texts, 0, 0, "an array of strings", "none", "Command-line flags for Node.js."},
    SettingsKey{"pools.NAME", "threads", KeyType::count, 0, 1000000, "an integer from 0 to 1,000,000", "one per core", "Threads of a worker that runs routes in C++. With 1, handlers run on the thread that reads requests: this costs the least per request, but a handler that blocks delays all others."},
    SettingsKey{"pools.NAME", "inline", KeyType::boolean, 0, 0, "true or false", "false", "Runs the pool's routes in C++ in the server's own process, on its event loop."},
    SettingsKey{"pools.NAME", "env", KeyType::variables, 0, 0, "a table ({ NAME = \"value\" })", "none", "Environment variables of the pool's workers. They override those of the project."},
    SettingsKey{"pools.NAME", "sandbox", KeyType::sandbox, 0, 0, "true, false or a table", "false", "Runs the pool's workers in a sandbox: `true`, or a table with `data` and `env`."},
    SettingsKey{"pools.NAME.sandbox", "data", KeyType::texts, 0, 0, "an array of strings", "none", "Folders that workers may write to, absolute or relative to the project."},
    SettingsKey{"pools.NAME.sandbox", "env", KeyType::texts, 0, 0, "an array of strings", "none", "Names of environment variables that workers get in addition to the few that every process needs."},
    SettingsKey{"native", "compiler", KeyType::text, 0, 0, "a string", "`$CXX`, else `c++`", "The C++ compiler."},
    SettingsKey{"native", "flags", KeyType::texts, 0, 0, "an array of strings", "none", "Compiler flags, placed after Millrace's own (`-std=c++20 -fPIC -Wall -Wextra`, and `-O2`, or `-O0` in development). They are also used for linking."},
    SettingsKey{"native", "include", KeyType::texts, 0, 0, "an array of strings", "none", "Folders that are searched for `#include`, absolute or relative to the project."},
    SettingsKey{"native", "libraries", KeyType::texts, 0, 0, "an array of strings", "none", "Libraries to link."},
    SettingsKey{"native", "pkg_config", KeyType::texts, 0, 0, "an array of strings", "none", "Packages that are compiled and linked with the flags that `pkg-config` prints for them."},
    SettingsKey{"native", "sources", KeyType::texts, 0, 0, "an array of strings", "none", "Globs of source files, relative to the project. Each file is compiled once and shared by all routes of a process."},
    SettingsKey{"native", "cmake", KeyType::text, 0, 0, "a string", "none", "Path of a `CMakeLists.txt`, relative to the project, that builds the routes instead."},
    SettingsKey{"build", "engine", KeyType::engine, 0, 0, "\"auto\", \"light\" or \"next\"", "\"auto\"", "Engine that compiles routes. `--engine` overrides this key."},
    SettingsKey{"build", "pages", KeyType::boolean, 0, 0, "true or false", "true", "Whether pages are built and served, if the project has any."},
    SettingsKey{"build", "allow_unusable", KeyType::boolean, 0, 0, "true or false", "false", "Whether a route without a handler (no method, no default export) is a warning. Otherwise `millrace build` fails."},
    SettingsKey{"build", "routes", KeyType::rules, 0, 0, "tables ([[build.routes]])", "none", "Tables (`[[build.routes]]`) that set the engine of some routes. The first that matches a route applies."},
    SettingsKey{"build.routes", "match", KeyType::glob, 0, 0, "a glob that begins with \"/\" (\"/api/legacy/**\")", "required", "Glob of route paths, as in `routes` of a pool."},
    SettingsKey{"build.routes", "engine", KeyType::engine, 0, 0, "\"auto\", \"light\" or \"next\"", "required", "Engine that compiles the routes that `match` matches."},
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
  visit(settings_key("server", "allowed_hosts"), to.proxies.allowed_hosts);
  visit(settings_key("server", "cgroup"), to.cgroup);
  visit(settings_key("server", "follow_links"), to.follow_links);
  visit(settings_key("server", "health_path"), to.health_path);
  visit(settings_key("server", "max_header_size"), to.limits.head_size);
  visit(settings_key("server", "probe"), to.probe);
  visit(settings_key("server", "forwarded"), to.proxies.forwarded);
  visit(settings_key("server", "proxy_protocol"), to.proxies.proxy_protocol);
  visit(settings_key("server", "trusted_proxies"), to.proxies.trusted_proxies);
}

/// Calls `visit` with each key of [limits] and its value's member of `to`, except for those
/// that are read by code of their own.
template <typename Target, typename Visit>
void visit_limits_keys(Target& to, const Visit& visit) {
  visit(settings_key("limits", "keep_alive"), to.keep_alive);
  visit(settings_key("limits", "head_timeout"), to.head);
  visit(settings_key("limits", "handshake_timeout"), to.handshake);
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
  visit(settings_key("limits", "tunnel_timeout"), to.tunnel);
  visit(settings_key("limits", "http2_streams"), to.http2_streams);
  visit(settings_key("limits", "descriptor_reserve"), to.descriptor_reserve);
}

/// Calls `visit` with each key of [limits.rate] and its value's member of `to`, except for those
/// that are read by code of their own.
template <typename Target, typename Visit>
void visit_limits_rate_keys(Target& to, const Visit& visit) {
  visit(settings_key("limits.rate", "routes"), to.routes);
  visit(settings_key("limits.rate", "methods"), to.methods);
  visit(settings_key("limits.rate", "key"), to.key);
  visit(settings_key("limits.rate", "limit"), to.limit);
  visit(settings_key("limits.rate", "burst"), to.burst);
  visit(settings_key("limits.rate", "name"), to.name);
}

/// Calls `visit` with each key of [limits.concurrency] and its value's member of `to`, except for those
/// that are read by code of their own.
template <typename Target, typename Visit>
void visit_limits_concurrency_keys(Target& to, const Visit& visit) {
  visit(settings_key("limits.concurrency", "routes"), to.routes);
  visit(settings_key("limits.concurrency", "limit"), to.limit);
  visit(settings_key("limits.concurrency", "key"), to.key);
}

/// Calls `visit` with each key of [limits.priority] and its value's member of `to`, except for those
/// that are read by code of their own.
template <typename Target, typename Visit>
void visit_limits_priority_keys(Target& to, const Visit& visit) {
  visit(settings_key("limits.priority", "routes"), to.routes);
  visit(settings_key("limits.priority", "priority"), to.priority);
}

/// Calls `visit` with each key of [cors] and its value's member of `to`, except for those
/// that are read by code of their own.
template <typename Target, typename Visit>
void visit_cors_keys(Target& to, const Visit& visit) {
  visit(settings_key("cors", "routes"), to.routes);
  visit(settings_key("cors", "origins"), to.origins);
  visit(settings_key("cors", "methods"), to.methods);
  visit(settings_key("cors", "headers"), to.headers);
  visit(settings_key("cors", "expose"), to.expose);
  visit(settings_key("cors", "credentials"), to.credentials);
  visit(settings_key("cors", "max_age"), to.max_age);
}

/// Calls `visit` with each key of [headers] and its value's member of `to`, except for those
/// that are read by code of their own.
template <typename Target, typename Visit>
void visit_headers_keys(Target& to, const Visit& visit) {
  visit(settings_key("headers", "routes"), to.routes);
  visit(settings_key("headers", "set"), to.set);
  visit(settings_key("headers", "security"), to.security);
}

/// Calls `visit` with each key of [compression] and its value's member of `to`, except for those
/// that are read by code of their own.
template <typename Target, typename Visit>
void visit_compression_keys(Target& to, const Visit& visit) {
  visit(settings_key("compression", "enabled"), to.enabled);
  visit(settings_key("compression", "encodings"), to.encodings);
  visit(settings_key("compression", "min_size"), to.min_size);
  visit(settings_key("compression", "level_gzip"), to.level_gzip);
  visit(settings_key("compression", "level_br"), to.level_br);
  visit(settings_key("compression", "level_zstd"), to.level_zstd);
}

/// Calls `visit` with each key of [tls] and its value's member of `to`, except for those
/// that are read by code of their own.
template <typename Target, typename Visit>
void visit_tls_keys(Target& to, const Visit& visit) {
  visit(settings_key("tls", "certificate"), to.certificate);
  visit(settings_key("tls", "key"), to.key);
  visit(settings_key("tls", "redirect_from"), to.redirect_from);
  visit(settings_key("tls", "redirect_to"), to.redirect_to);
  visit(settings_key("tls", "challenges"), to.challenges);
  visit(settings_key("tls", "hsts"), to.hsts);
  visit(settings_key("tls", "client_certificates"), to.client_certificates);
  visit(settings_key("tls", "client_authorities"), to.client_authorities);
}

/// Calls `visit` with each key of [tls.certificates] and its value's member of `to`, except for those
/// that are read by code of their own.
template <typename Target, typename Visit>
void visit_tls_certificates_keys(Target& to, const Visit& visit) {
  visit(settings_key("tls.certificates", "certificate"), to.certificate);
  visit(settings_key("tls.certificates", "key"), to.key);
}

/// Calls `visit` with each key of [log] and its value's member of `to`, except for those
/// that are read by code of their own.
template <typename Target, typename Visit>
void visit_log_keys(Target& to, const Visit& visit) {
  visit(settings_key("log", "format"), to.format);
  visit(settings_key("log", "access"), to.access);
  visit(settings_key("log", "file"), to.file);
  visit(settings_key("log", "access_file"), to.access_file);
  visit(settings_key("log", "request_ids"), to.request_ids);
  visit(settings_key("log", "mask"), to.mask);
  visit(settings_key("log", "silence"), to.silence);
}

/// Calls `visit` with each key of [admin] and its value's member of `to`, except for those
/// that are read by code of their own.
template <typename Target, typename Visit>
void visit_admin_keys(Target& to, const Visit& visit) {
  visit(settings_key("admin", "listen"), to.listen);
  visit(settings_key("admin", "remote"), to.remote);
}

/// Calls `visit` with each key of [tracing] and its value's member of `to`, except for those
/// that are read by code of their own.
template <typename Target, typename Visit>
void visit_tracing_keys(Target& to, const Visit& visit) {
  visit(settings_key("tracing", "enabled"), to.enabled);
  visit(settings_key("tracing", "endpoint"), to.endpoint);
  visit(settings_key("tracing", "ratio"), to.ratio);
  visit(settings_key("tracing", "service_name"), to.service_name);
  visit(settings_key("tracing", "headers"), to.headers);
  visit(settings_key("tracing", "propagate"), to.propagate);
}

/// Calls `visit` with each key of [upstream] and its value's member of `to`, except for those
/// that are read by code of their own.
template <typename Target, typename Visit>
void visit_upstream_keys(Target& to, const Visit& visit) {
  visit(settings_key("upstream", "url"), to.url);
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
  visit(settings_key("pools.NAME", "upgrades"), to.upgrades);
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
  visit(settings_key("build", "allow_unusable"), to.allow_unusable);
}

/// Calls `visit` with each key of [build.routes] and its value's member of `to`, except for those
/// that are read by code of their own.
template <typename Target, typename Visit>
void visit_build_routes_keys(Target& to, const Visit& visit) {
  visit(settings_key("build.routes", "match"), to.match);
  visit(settings_key("build.routes", "engine"), to.engine);
}

}  // namespace millrace::project
