#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "project/settings.hpp"

namespace millrace::project {
namespace {

using testing::HasSubstr;

TrafficSettings traffic_of(std::string_view text) {
  auto read = parse_settings(text, "millrace.toml", PoolSettings{});
  EXPECT_TRUE(read) << read.error().message();
  return read ? read.value().traffic : TrafficSettings{};
}

std::string traffic_error(std::string_view text) {
  const auto read = parse_settings(text, "millrace.toml", PoolSettings{});
  return read ? "read" : read.error().message();
}

TEST(TrafficReader, HasNoRulesByDefault) { EXPECT_TRUE(traffic_of("").empty()); }

TEST(TrafficReader, ReadsRates) {
  const TrafficSettings traffic = traffic_of(R"([limits]
memory = "64MB"
[[limits.rate]]
routes = ["/api/**"]
limit = "100/60s"
[[limits.rate]]
routes = ["/api/login"]
methods = ["POST"]
key = "cookie:session"
limit = "5/m"
burst = 2
name = "login"
)");
  ASSERT_EQ(traffic.rates.size(), 2U);
  EXPECT_EQ(traffic.rates[0].requests, 100U);
  EXPECT_EQ(traffic.rates[0].window, std::chrono::seconds(60));
  EXPECT_EQ(traffic.rates[0].burst, 100U);
  EXPECT_EQ(traffic.rates[0].name, "rate-1");
  EXPECT_EQ(traffic.rates[1].window, std::chrono::minutes(1));
  EXPECT_EQ(traffic.rates[1].burst, 2U);
  EXPECT_EQ(traffic.rates[1].key.kind, TrafficKey::Kind::cookie);
  EXPECT_EQ(traffic.rates[1].key.name, "session");
  EXPECT_EQ(traffic.rates[1].name, "login");
  EXPECT_NE(traffic.rates[0].identity, traffic.rates[1].identity);
}

TEST(TrafficReader, RejectsRates) {
  const std::string rule = "[[limits.rate]]\nroutes = [\"/**\"]\n";
  EXPECT_THAT(traffic_error(rule),
              HasSubstr("[[limits.rate]] limit: expected a string, found none"));
  for (const std::string_view limit : {"100", "0/1s", "1/0s", "1/25h", "x/1s", "1/1d", "-1/1s"}) {
    EXPECT_THAT(traffic_error(rule + "limit = \"" + std::string(limit) + "\"\n"),
                HasSubstr("limit: expected requests and a time"))
        << limit;
  }
  const std::string whole = rule + "limit = \"1/1s\"\n";
  EXPECT_THAT(traffic_error(whole + "key = \"header:a b\"\n"), HasSubstr("key: expected"));
  EXPECT_THAT(traffic_error(whole + "burst = 0\n"), HasSubstr("burst: expected"));
  EXPECT_THAT(traffic_error(whole + "name = \"a b\"\n"), HasSubstr("name: expected at most 64"));
  EXPECT_THAT(traffic_error(whole + "methods = [\"a b\"]\n"), HasSubstr("methods: expected"));
  EXPECT_THAT(traffic_error(whole + "name = \"a\"\n" + whole + "name = \"a\"\n"),
              HasSubstr("a name of its own"));
  EXPECT_THAT(traffic_error(whole + "windw = 1\n"), HasSubstr("unknown key `windw`"));
  std::string many;
  for (std::size_t i = 0; i <= TrafficSettings::kMostRules; ++i) many += whole;
  EXPECT_THAT(traffic_error(many), HasSubstr("expected at most 32 tables, found 33"));
}

TEST(TrafficReader, ReadsConcurrencyAndPriorities) {
  const TrafficSettings traffic = traffic_of(R"([[limits.concurrency]]
routes = ["/api/report"]
limit = 4
[[limits.priority]]
routes = ["/api/pay/**"]
priority = "high"
)");
  ASSERT_EQ(traffic.concurrency.size(), 1U);
  EXPECT_EQ(traffic.concurrency[0].limit, 4U);
  EXPECT_EQ(traffic.concurrency[0].key.kind, TrafficKey::Kind::route);
  ASSERT_EQ(traffic.priorities.size(), 1U);
  EXPECT_EQ(traffic.priorities[0].priority, Priority::high);
  EXPECT_THAT(traffic_error("[[limits.concurrency]]\nroutes = [\"/a\"]\nlimit = 0\n"),
              HasSubstr("limit: expected an integer from 1"));
  EXPECT_THAT(traffic_error("[[limits.priority]]\nroutes = [\"/a\"]\npriority = \"urgent\"\n"),
              HasSubstr("priority: expected"));
}

TEST(TrafficReader, ReadsCors) {
  const TrafficSettings traffic = traffic_of(R"([[cors]]
routes = ["/api/**"]
origins = ["https://app.example.com", "https://*.example.org:8443"]
credentials = true
)");
  ASSERT_EQ(traffic.cors.size(), 1U);
  EXPECT_TRUE(traffic.cors[0].credentials);
  EXPECT_EQ(traffic.cors[0].max_age, 600U);
}

TEST(TrafficReader, RejectsCors) {
  const std::string rule = "[[cors]]\nroutes = [\"/**\"]\n";
  EXPECT_THAT(traffic_error(rule), HasSubstr("origins: expected"));
  EXPECT_THAT(traffic_error(rule + "origins = [\"*\"]\ncredentials = true\n"),
              HasSubstr("names instead of \"*\", because credentials = true"));
  EXPECT_THAT(
      traffic_error(rule + "origins = [\"https://a\"]\nheaders = [\"*\"]\ncredentials = true\n"),
      HasSubstr("headers: expected names instead"));
  for (const std::string_view origin :
       {"example.com", "https://a/", "https://a/b", "https://a*.b", "https://A.b", "null", "",
        "https://*", "https://a\\r\\nb"}) {
    EXPECT_THAT(traffic_error(rule + "origins = [\"" + std::string(origin) + "\"]\n"),
                HasSubstr("origins: expected origins"))
        << origin;
  }
  EXPECT_THAT(traffic_error(rule + "origins = [\"*\"]\nexpose = [\"a\\r\\nb\"]\n"),
              HasSubstr("expose: expected names of fields"));
}

TEST(TrafficReader, ReadsHeaders) {
  const TrafficSettings traffic = traffic_of(R"([[headers]]
routes = ["/**"]
set = { "X-Frame-Options" = "DENY" }
security = true
)");
  ASSERT_EQ(traffic.headers.size(), 1U);
  EXPECT_EQ(traffic.headers[0].fields.front().second, "DENY");
  EXPECT_GT(traffic.headers[0].fields.size(), 3U);
}

TEST(TrafficReader, RejectsHeaders) {
  const std::string rule = "[[headers]]\nroutes = [\"/**\"]\n";
  EXPECT_THAT(traffic_error(rule), HasSubstr("found neither"));
  EXPECT_THAT(traffic_error(rule + "set = { \"a b\" = \"c\" }\n"),
              HasSubstr("the name of a field"));
  EXPECT_THAT(traffic_error(rule + "set = { \"Content-Length\" = \"5\" }\n"),
              HasSubstr("the name of a field"));
  EXPECT_THAT(traffic_error(rule + "set = { a = \"b\\r\\nc: d\" }\n"), HasSubstr("in one line"));
  EXPECT_THAT(traffic_error("headers = 1\n"), HasSubstr("headers: expected tables"));
}

}  // namespace
}  // namespace millrace::project
