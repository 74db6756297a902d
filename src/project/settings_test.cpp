#include "project/settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "project/glob.hpp"
#include "project/test_folder.hpp"

namespace millrace::project {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

PoolSettings defaults() {
  PoolSettings pool;
  pool.max = 2;
  return pool;
}

Settings parsed(std::string_view text) {
  auto settings = parse_settings(text, "millrace.toml", defaults());
  EXPECT_TRUE(settings) << (settings ? "" : settings.error().message());
  return settings ? *settings : Settings{};
}

std::string error_of(std::string_view text) {
  const auto settings = parse_settings(text, "millrace.toml", defaults());
  return settings ? "" : settings.error().message();
}

TEST(Settings, WithoutAFileAreTheDefaults) {
  const TestFolder folder;
  const auto settings = read_settings(folder.path(), defaults());
  ASSERT_TRUE(settings);
  ASSERT_EQ(settings->pools.size(), 1U);
  EXPECT_EQ(settings->pools[0].name, "default");
  EXPECT_EQ(settings->pools[0].max, 2U);
}

TEST(Settings, ReadEachKey) {
  const Settings settings = parsed(R"(
[server]
probe = "/api/health"
cgroup = true
[pools]
db_connections = 40
[pools.default]
min = 0
max = 4
concurrency = 10
streams = 11
queue = 5
queue_timeout = 1
target_wait = "20ms"
idle = "5m"
max_duration = "1h"
blocked = "2s"
start_timeout = "3s"
drain_timeout = "4s"
memory = "512MB"
processes = 20
open_files = 1000
node_flags = ["--no-warnings"]
env = { A = "b" }
sandbox = { data = ["data"], env = ["DATABASE_URL"] }
)");
  EXPECT_EQ(settings.probe, "/api/health");
  EXPECT_TRUE(settings.cgroup);
  EXPECT_EQ(settings.db_connections, 40U);
  ASSERT_EQ(settings.pools.size(), 1U);
  const PoolSettings& pool = settings.pools[0];
  EXPECT_EQ(pool.min, 0U);
  EXPECT_EQ(pool.max, 4U);
  EXPECT_EQ(pool.concurrency, 10U);
  EXPECT_EQ(pool.streams, 11U);
  EXPECT_EQ(pool.queue, 5U);
  EXPECT_EQ(pool.queue_timeout, seconds(1));
  EXPECT_EQ(pool.target_wait, milliseconds(20));
  EXPECT_EQ(pool.idle, std::chrono::minutes(5));
  EXPECT_EQ(pool.max_duration, std::chrono::hours(1));
  EXPECT_EQ(pool.blocked, seconds(2));
  EXPECT_EQ(pool.start_timeout, seconds(3));
  EXPECT_EQ(pool.drain_timeout, seconds(4));
  EXPECT_EQ(pool.memory, 512ULL << 20U);
  EXPECT_EQ(pool.memory_hard, 768ULL << 20U);
  EXPECT_EQ(pool.processes, 20U);
  EXPECT_EQ(pool.open_files, 1000U);
  EXPECT_THAT(pool.node_flags, testing::ElementsAre("--no-warnings"));
  EXPECT_THAT(pool.env, testing::ElementsAre("A=b"));
  EXPECT_TRUE(pool.sandbox.enabled);
  EXPECT_THAT(pool.sandbox.data, testing::ElementsAre("data"));
  EXPECT_THAT(pool.sandbox.env, testing::ElementsAre("DATABASE_URL"));
}

TEST(Settings, ReadEachLimit) {
  const ServerLimits limits = parsed(R"(
[limits]
keep_alive = "5s"
head_timeout = 6
body_timeout = "7s"
body_rate = "1KB"
write_timeout = "1m"
write_rate = 0
half_closed_timeout = 0
shutdown_timeout = "8s"
linger = 0
discard = "2MB"
pipelined = 100
memory = "32MB"
connections = 500
connections_per_client = 0
exempt_clients = ["10.0.0.0/8", "2001:db8::1"]
descriptor_reserve = 64
)")
                                  .limits;
  EXPECT_EQ(limits.keep_alive, 5U);
  EXPECT_EQ(limits.head, 6U);
  EXPECT_EQ(limits.body, 7U);
  EXPECT_EQ(limits.body_rate, 1024U);
  EXPECT_EQ(limits.write, 60U);
  EXPECT_EQ(limits.write_rate, 0U);
  EXPECT_EQ(limits.half_closed, 0U);
  EXPECT_EQ(limits.grace, 8U);
  EXPECT_EQ(limits.linger, 0U);
  EXPECT_EQ(limits.discard, 2U << 20U);
  EXPECT_EQ(limits.pipelined, 100U);
  EXPECT_EQ(limits.memory, 32U << 20U);
  EXPECT_EQ(limits.connections, 500U);
  EXPECT_EQ(limits.connections_per_client, 0U);
  ASSERT_EQ(limits.exempt_clients.size(), 2U);
  EXPECT_TRUE(limits.exempt_clients[0].contains(*base::IpAddress::parse("10.1.2.3")));
  EXPECT_EQ(limits.descriptor_reserve, 64U);
}

TEST(Settings, RejectInvalidLimits) {
  EXPECT_EQ(error_of("[limits]\nbody_timeout = \"500ms\"\n"),
            "millrace.toml:2: body_timeout: expected whole seconds from 1s to 24h, found '500ms'");
  EXPECT_EQ(error_of("[limits]\nkeep_alive = 0\n"),
            "millrace.toml:2: keep_alive: expected whole seconds from 1s to 24h, found 0");
  EXPECT_EQ(error_of("[limits]\nmemory = \"1KB\"\n"),
            "millrace.toml:2: memory: expected a size of at least \"1MB\", found '1KB'");
  EXPECT_EQ(error_of("[limits]\nconnections = 0\n"),
            "millrace.toml:2: connections: expected an integer from 1 to 1,000,000, found 0");
  EXPECT_THAT(error_of("[limits]\nexempt_clients = [\"localhost\"]\n"),
              testing::HasSubstr("exempt_clients: expected addresses or networks"));
  EXPECT_THAT(error_of("[limits]\nmemroy = 1\n"),
              testing::HasSubstr("[limits] unknown key `memroy` (did you mean `memory`?)"));
}

TEST(Settings, ReadCompression) {
  const Settings settings = parsed(R"(
[compression]
encodings = ["zstd", "br", "gzip"]
min_size = "2KB"
level_br = 5
)");
  EXPECT_THAT(settings.compression.encodings, testing::ElementsAre("zstd", "br", "gzip"));
  EXPECT_EQ(settings.compression.min_size, 2048U);
  EXPECT_EQ(settings.compression.level_br, 5U);
  EXPECT_TRUE(parsed("").compression.enabled);
  EXPECT_TRUE(parsed("").compression.encodings.empty());
}

TEST(Settings, RejectInvalidCompression) {
  for (const std::string_view encodings :
       {R"("gzip")", "[]", R"(["brotli"])", R"(["gzip", "gzip"])", R"(["identity"])", "[1]"}) {
    EXPECT_THAT(error_of("[compression]\nencodings = " + std::string(encodings) + "\n"),
                testing::StartsWith("millrace.toml:2: encodings: expected \"zstd\", \"br\", "
                                    "\"gzip\" or \"deflate\", each at most once"))
        << encodings;
  }
  EXPECT_THAT(error_of("[compression]\nlevel_br = 11\n"),
              testing::HasSubstr("level_br: expected an integer from 1 to 6, found 11"));
}

TEST(Settings, AssignRoutesToTheFirstPoolThatMatches) {
  const Settings settings = parsed(R"(
[pools.zebra]
routes = ["/api/reports/**"]
[pools.ant]
routes = ["/api/**"]
)");
  ASSERT_EQ(settings.pools.size(), 3U);
  EXPECT_EQ(settings.pools[1].name, "zebra");
  EXPECT_EQ(pool_of(settings, "/api/reports/[id]"), 1U);
  EXPECT_EQ(pool_of(settings, "/api/login"), 2U);
  EXPECT_EQ(pool_of(settings, "/feed.xml"), 0U);
}

TEST(Settings, KeepMinAndMaxTogetherWhereOneIsGiven) {
  EXPECT_EQ(parsed("[pools.default]\nmin = 7").pools[0].max, 7U);
  PoolSettings many = defaults();
  many.min = 2;
  const auto settings = parse_settings("[pools.default]\nmax = 1", "f", many);
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->pools[0].min, 1U);
}

TEST(Settings, AcceptANumberOfWorkersOrAuto) {
  const Settings none = parsed("[pools.default]\nmax = 4");
  EXPECT_EQ(none.pools[0].count, WorkerCount::by_memory);
  const Settings number = parsed("[pools.default]\nworkers = 3");
  EXPECT_EQ(number.pools[0].count, WorkerCount::given);
  EXPECT_EQ(number.pools[0].min, 3U);
  EXPECT_EQ(number.pools[0].max, 3U);
  const Settings automatic = parsed("[pools.default]\nworkers = \"auto\"\nmax = 5");
  EXPECT_EQ(automatic.pools[0].count, WorkerCount::given);
  EXPECT_EQ(automatic.pools[0].min, 1U);
  EXPECT_EQ(automatic.pools[0].max, 5U);
  EXPECT_EQ(parsed("[pools.default]\nmin = 2\nmax = 5").pools[0].count, WorkerCount::given);
  EXPECT_EQ(error_of("[pools.default]\nworkers = 0"),
            "millrace.toml:2: workers: expected a number from 1 to 1024 or \"auto\", found 0");
  EXPECT_THAT(error_of("[pools.default]\nworkers = 2\nmax = 4"),
              testing::HasSubstr("a number, or min and max, found both"));
}

TEST(Settings, AcceptTheSizeOfHeads) {
  EXPECT_EQ(parsed("").limits.head_size, 16U * 1024);
  EXPECT_EQ(parsed("[server]\nmax_header_size = \"32KB\"").limits.head_size, 32U * 1024);
  for (const char* size : {"\"4KB\"", "\"1MB\"", "true"}) {
    EXPECT_THAT(error_of(std::string("[server]\nmax_header_size = ") + size),
                testing::HasSubstr("max_header_size: expected a size"));
  }
}

TEST(Settings, AcceptTheUrlOfAnUpstream) {
  EXPECT_EQ(parsed("").upstream.url, "");
  EXPECT_EQ(parsed("[upstream]\nurl = \"http://127.0.0.1:3001\"").upstream.url,
            "http://127.0.0.1:3001");
  EXPECT_THAT(error_of("[upstream]\nurl = \"http://a/path\""),
              testing::StartsWith("millrace.toml:2: url: expected the URL of a server, without"));
}

TEST(Settings, DetermineTheEngineOfARoute) {
  const BuildSettings none = parsed("").build;
  EXPECT_EQ(engine_of(none, "/api/a"), Engine::automatic);
  const BuildSettings build = parsed(R"(
    [build]
    engine = "light"
    [[build.routes]]
    match = "/api/legacy/**"
    engine = "next"
    [[build.routes]]
    match = "/api/**"
    engine = "auto"
  )")
                                  .build;
  EXPECT_EQ(engine_of(build, "/api/legacy/[id]"), Engine::next);
  EXPECT_EQ(engine_of(build, "/api/a"), Engine::automatic);
  EXPECT_EQ(engine_of(build, "/other"), Engine::light);
  EXPECT_EQ(to_string(Engine::next), "next");
  EXPECT_THAT(error_of("[build]\nengine = \"webpack\""),
              testing::HasSubstr(R"(engine: expected "auto", "light" or "next", found)"));
  EXPECT_THAT(error_of("[[build.routes]]\nmatch = \"app/**\"\nengine = \"next\""),
              testing::HasSubstr("begins with \"/\""));
  EXPECT_THAT(error_of("[[build.routes]]\nmatch = \"/app/**\""),
              testing::HasSubstr("engine: expected"));
  EXPECT_THAT(error_of("[build]\nroutes = 1"), testing::HasSubstr("tables ([[build.routes]])"));
}

TEST(Settings, ReportErrorsWithTheirLine) {
  EXPECT_EQ(error_of("[pools.default]\nmaxx = 1"),
            "millrace.toml:2: [pools.default] unknown key `maxx` (did you mean `max`?)");
  EXPECT_THAT(error_of("[pools.default]\nzzzzzz = 1"),
              testing::StartsWith("millrace.toml:2: [pools.default] unknown key `zzzzzz`; "
                                  "expected one of routes, min, max,"));
  EXPECT_EQ(error_of("[serve]\nprobe = \"/\""),
            "millrace.toml:1: unknown key `serve` (did you mean `server`?)");
  EXPECT_THAT(error_of("[pools.default]\nmax = 0"),
              testing::HasSubstr("max: expected an integer from 1 to 1,000,000, found 0"));
  EXPECT_EQ(
      error_of("[pools.default]\nmemory = \"1 TB\""),
      "millrace.toml:2: memory: expected a size (\"512MB\", \"1GB\", or bytes), found '1 TB'");
  EXPECT_THAT(error_of("[pools.default]\nidle = -1"),
              testing::HasSubstr("idle: expected a duration"));
  EXPECT_THAT(error_of("[pools.default]\nmin = 3\nmax = 2"),
              testing::HasSubstr("min: expected at most max, 2, found 3"));
  EXPECT_THAT(error_of("[pools.a]\nmin = 1"), testing::HasSubstr("routes: expected globs"));
  EXPECT_THAT(error_of("[pools.a]\nroutes = [\"api\"]"), testing::HasSubstr("begin with \"/\""));
  EXPECT_THAT(error_of("[pools.default]\nroutes = [\"/\"]"),
              testing::HasSubstr("the default pool"));
  EXPECT_THAT(error_of("[pools.default]\nmemory = 10\nmemory_hard = 5"),
              testing::HasSubstr("memory_hard: expected at least memory"));
  EXPECT_THAT(error_of("pools = 1"), testing::HasSubstr("pools: expected a table, found 1"));
  EXPECT_THAT(error_of("[pools.default\n"), testing::StartsWith("millrace.toml:1: "));
  EXPECT_THAT(error_of("[pools.default]\nsandbox = 1"),
              testing::HasSubstr("true, false or a table"));
}

TEST(Glob, MatchesSegmentsAndPartsOfThem) {
  EXPECT_TRUE(glob_matches("/api/reports/**", "/api/reports"));
  EXPECT_TRUE(glob_matches("/api/reports/**", "/api/reports/a/[b]"));
  EXPECT_FALSE(glob_matches("/api/reports/**", "/api/reportsx"));
  EXPECT_TRUE(glob_matches("/api/*", "/api/users"));
  EXPECT_FALSE(glob_matches("/api/*", "/api/users/[id]"));
  EXPECT_TRUE(glob_matches("/api/users/[id]", "/api/users/[id]"));
  EXPECT_FALSE(glob_matches("/api/users/[id]", "/api/users/i"));
  EXPECT_TRUE(glob_matches("/api/re*rt*", "/api/rep-orts"));
  EXPECT_TRUE(glob_matches("/**/admin/**", "/api/v1/admin/users"));
  EXPECT_TRUE(glob_matches("/**", "/"));
  EXPECT_FALSE(glob_matches("/", "/api"));
}

TEST(Settings, AnAdminAddressIsLocalUnlessRemoteIsAllowed) {
  EXPECT_EQ(parsed("[admin]\nlisten = \"127.0.0.1:9464\"").admin.listen, "127.0.0.1:9464");
  EXPECT_EQ(error_of("[admin]\nlisten = \":9464\""),
            "millrace.toml:2: listen: expected a loopback address (\"127.0.0.1:9464\"), found "
            "\":9464\", which other machines can reach; if that is meant, add remote = true");
  EXPECT_TRUE(parsed("[admin]\nlisten = \":9464\"\nremote = true").admin.remote);
  EXPECT_EQ(error_of("[admin]\nlisten = \"9464\""),
            "millrace.toml:2: listen: expected a host and a port (\"127.0.0.1:9464\"), found "
            "'9464'");
}

TEST(Settings, ReadTracing) {
  const TracingKeys keys = parsed(R"([tracing]
enabled = true
endpoint = "https://collector.example/otlp"
ratio = 0.25
service_name = "shop"
headers = { Api-Key = "secret" }
propagate = ["https://api.example"])")
                               .tracing;
  EXPECT_TRUE(keys.enabled);
  EXPECT_EQ(keys.ratio, 0.25);
  EXPECT_THAT(keys.headers, testing::ElementsAre("Api-Key=secret"));
  EXPECT_THAT(keys.propagate, testing::ElementsAre("https://api.example"));
  EXPECT_EQ(parsed("[tracing]\nratio = 1").tracing.ratio, 1);
  for (const char* value : {"1.5", "-0.1", "\"1\"", "nan"}) {
    EXPECT_THAT(error_of(std::string("[tracing]\nratio = ") + value),
                testing::HasSubstr("ratio: expected a number from 0 to 1"));
  }
  EXPECT_THAT(error_of("[tracing]\npropagate = [\"https://api.example/path\"]"),
              testing::HasSubstr("propagate: expected URLs of servers, without paths"));
  EXPECT_THAT(error_of("[tracing]\nendpoint = \"collector:4317\""),
              testing::HasSubstr("endpoint: expected an http or https URL"));
}

TEST(Settings, AllowedHostsArePatternsWithoutSchemeAndPort) {
  const auto hosts = [](const std::string& host) {
    return error_of("[server]\nallowed_hosts = [\"" + host + "\"]\n");
  };
  for (const char* const host : {"https://a.example", "a.example:443", "a.example/", "", "a..b",
                                 "*a.b", "a.**", "user@a", "[::1]:80", "[x]"}) {
    EXPECT_THAT(hosts(host), testing::HasSubstr("allowed_hosts: expected hosts without scheme"))
        << host;
  }
  EXPECT_EQ(
      parsed("[server]\nallowed_hosts = [\"a.example\", \"*.b.example\", \"**.c\", \"10.0.0.1\", "
             "\"[::1]\", \"localhost\"]\n")
          .proxies.allowed_hosts.size(),
      6U);
}

TEST(Settings, TheProxyProtocolNeedsTrustedProxies) {
  EXPECT_THAT(error_of("[server]\nproxy_protocol = true\n"),
              testing::HasSubstr("proxy_protocol: expected trusted_proxies"));
  EXPECT_TRUE(parsed("[server]\nproxy_protocol = true\ntrusted_proxies = [\"10.0.0.0/8\"]\n")
                  .proxies.proxy_protocol);
}

}  // namespace
}  // namespace millrace::project
