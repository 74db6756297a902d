// Requests of a server with rules for requests by their path: rates, requests in progress, priorities,
// CORS and response fields.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "gateway/testing/test_exchange.hpp"
#include "project/settings.hpp"

namespace millrace::gateway {
namespace {

using testing::HasSubstr;
using testing::Not;

class ExchangeTrafficTest : public ExchangeTest {
 protected:
  /// Puts the rules of a millrace.toml into effect.
  void set_rules(std::string_view text, std::vector<base::IpNetwork> exempt = {}) {
    auto read = project::parse_settings(text, "millrace.toml", {});
    ASSERT_TRUE(read) << read.error().message();
    context_.rules.set_rules(std::move(read.value().traffic), std::move(exempt));
    context_.has_rules = true;
  }

  TestClient& with(std::string_view fields, std::string target = "/api/7",
                   std::string method = "GET") {
    return ask({.method = std::move(method),
                .target = std::move(target),
                .fields = "Host: localhost:3000\r\n" + std::string(fields)});
  }

  /// Sends a request that a worker answers if it gets it, and returns its status.
  std::uint16_t status_of(std::string_view fields = {}, std::string target = "/api/7",
                          std::string method = "GET") {
    const std::size_t before = workers_->calls.size();
    TestClient& client = with(fields, std::move(target), std::move(method));
    if (workers_->calls.size() > before) workers_->respond(call(), 200, {});
    return client.status;
  }
};

constexpr std::string_view kTwoAMinute =
    "[[limits.rate]]\nroutes = [\"/api/**\"]\nlimit = \"2/60s\"\n";

TEST_F(ExchangeTrafficTest, RefusesRequestsBeyondTheRate) {
  set_rules(kTwoAMinute);
  TestClient& first = get("/api/7");
  workers_->respond(call(), 200, {});
  EXPECT_EQ(first.field("ratelimit-policy"), "\"rate-1\";q=2;w=60");
  EXPECT_EQ(first.field("ratelimit"), "\"rate-1\";r=1;t=30");
  EXPECT_EQ(status_of(), 200);
  TestClient& refused = get("/api/7");
  EXPECT_THAT(refused.response(), HasSubstr("429 Too Many Requests"));
  EXPECT_EQ(refused.field("retry-after"), "30");
  EXPECT_EQ(refused.field("ratelimit"), "\"rate-1\";r=0;t=30");
  EXPECT_EQ(workers_->calls.size(), 2U);
  EXPECT_EQ(context_.rules.refused().rates.at("rate-1"), 1U);
  EXPECT_EQ(status_of({}, "/app/7"), 200);
  context_.rate_time += std::chrono::seconds(30);
  EXPECT_EQ(status_of(), 200);
  EXPECT_EQ(status_of(), 429);
}

TEST_F(ExchangeTrafficTest, EscapesDoNotEvadeARule) {
  set_rules("[[limits.rate]]\nroutes = [\"/api/admin\"]\nlimit = \"1/60s\"\n");
  EXPECT_EQ(status_of({}, "/api/admin"), 200);
  EXPECT_EQ(status_of({}, "/api/%61dmin"), 429);
  EXPECT_EQ(status_of({}, "/api/./admin?a"), 429);
}

TEST_F(ExchangeTrafficTest, CountsByFieldAndCookie) {
  set_rules(
      "[[limits.rate]]\nroutes = [\"/api/**\"]\nlimit = \"1/60s\"\nkey = \"header:X-Key\"\n"
      "[[limits.rate]]\nroutes = [\"/app/**\"]\nlimit = \"1/60s\"\nkey = \"cookie:id\"\n");
  EXPECT_EQ(status_of("X-Key: a\r\n"), 200);
  EXPECT_EQ(status_of("X-Key: a\r\n"), 429);
  EXPECT_EQ(status_of("X-Key: b\r\n"), 200);
  EXPECT_EQ(status_of(), 200);
  EXPECT_EQ(status_of("X-Key:\r\n"), 429) << "counted by address";
  EXPECT_EQ(status_of("Cookie: id=a\r\n", "/app/7"), 200);
  EXPECT_EQ(status_of("Cookie: x=b; id=a\r\n", "/app/7"), 429);
  EXPECT_EQ(status_of("Cookie: id=b\r\n", "/app/7"), 200);
}

TEST_F(ExchangeTrafficTest, AnAddressIsNotTheFieldOfThatText) {
  set_rules("[[limits.rate]]\nroutes = [\"/**\"]\nlimit = \"1/60s\"\nkey = \"header:X-Key\"\n");
  EXPECT_EQ(status_of(), 200);
  EXPECT_EQ(status_of("X-Key: 192.0.2.1\r\n"), 200);
}

TEST_F(ExchangeTrafficTest, ARefusalIsCountedByNoRule) {
  set_rules(
      "[[limits.rate]]\nroutes = [\"/api/**\"]\nlimit = \"3/60s\"\nname = \"all\"\n"
      "[[limits.rate]]\nroutes = [\"/api/**\"]\nlimit = \"1/60s\"\nmethods = [\"POST\"]\n");
  EXPECT_EQ(status_of({}, "/api/7", "POST"), 200);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(status_of({}, "/api/7", "POST"), 429);
  EXPECT_EQ(status_of(), 200);
  EXPECT_EQ(status_of(), 200);
  EXPECT_EQ(status_of(), 429);
  EXPECT_EQ(context_.rules.refused().rates.at("all"), 1U);
}

TEST_F(ExchangeTrafficTest, ExemptClientsAreNotCountedByAddress) {
  set_rules(kTwoAMinute, {*base::IpNetwork::parse("192.0.2.0/24")});
  for (int i = 0; i < 5; ++i) EXPECT_EQ(status_of(), 200);
}

TEST_F(ExchangeTrafficTest, CountsStayWhereARuleHasNotChanged) {
  set_rules(kTwoAMinute);
  EXPECT_EQ(status_of(), 200);
  EXPECT_EQ(status_of(), 200);
  set_rules(kTwoAMinute);
  EXPECT_EQ(status_of(), 429);
  set_rules("[[limits.rate]]\nroutes = [\"/api/**\"]\nlimit = \"3/60s\"\n");
  EXPECT_EQ(status_of(), 200);
}

TEST_F(ExchangeTrafficTest, ARequestThatIsRoutedAgainIsCountedOnce) {
  set_rules("[[limits.rate]]\nroutes = [\"/api/**\"]\nlimit = \"1/60s\"\n");
  TestClient& client = get("/api/7");
  workers_->fail(call(), workers::Failure::stale_generation);
  workers_->respond(call(), 200, {});
  EXPECT_EQ(client.status, 200);
}

constexpr std::string_view kOneAtATime =
    "[[limits.concurrency]]\nroutes = [\"/api/**\"]\nlimit = 1\n";

TEST_F(ExchangeTrafficTest, LimitsRequestsInProgress) {
  set_rules(kOneAtATime);
  TestClient& first = get("/api/7");
  TestDispatcher::Call& running = call();
  TestClient& second = get("/api/8");
  EXPECT_EQ(second.status, 503);
  EXPECT_EQ(second.field("retry-after"), "1");
  EXPECT_EQ(context_.rules.refused().concurrency, 1U);
  workers_->respond(running, 200, {});
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(status_of(), 200);
}

TEST_F(ExchangeTrafficTest, EveryEndOfARequestFreesItsPlace) {
  set_rules(kOneAtATime);
  get("/api/7").leave();
  EXPECT_EQ(status_of(), 200) << "the client left";
  get("/api/7");
  workers_->fail(call(), workers::Failure::worker_died);
  EXPECT_EQ(status_of(), 200) << "the worker died";
  TestClient& streamed = get("/api/7");
  workers_->respond(call(), 200, {}, "a", false);
  EXPECT_EQ(get("/api/8").status, 503) << "the response is incomplete";
  workers_->fail(call(), workers::Failure::worker_died);
  EXPECT_TRUE(streamed.was_cut);
  EXPECT_EQ(status_of(), 200) << "the response was cut";
}

TEST_F(ExchangeTrafficTest, ClientsHavePlacesOfTheirOwn) {
  set_rules(std::string(kOneAtATime) + "key = \"header:X-Key\"\n");
  with("X-Key: a\r\n");
  EXPECT_EQ(with("X-Key: a\r\n").status, 429);
  EXPECT_EQ(with("X-Key: b\r\n").status, 0);
}

TEST_F(ExchangeTrafficTest, APlaceIsNotTakenByWhatARateRefuses) {
  set_rules(std::string(kTwoAMinute) + std::string(kOneAtATime));
  TestClient& first = get("/api/7");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(get("/api/7").status, 503);
  first.leave();
  EXPECT_EQ(status_of(), 200) << "the refusals were not counted";
}

TEST_F(ExchangeTrafficTest, LowPriorityGivesWayFirst) {
  set_rules(
      "[[limits.priority]]\nroutes = [\"/api/low\"]\npriority = \"low\"\n"
      "[[limits.priority]]\nroutes = [\"/api/high\"]\npriority = \"high\"\n");
  EXPECT_EQ(status_of({}, "/api/low"), 200);
  workers_->queued_share = 0.5;
  EXPECT_EQ(status_of({}, "/api/low"), 503);
  EXPECT_EQ(status_of({}, "/api/7"), 200);
  workers_->queued_share = 0.9;
  EXPECT_EQ(status_of({}, "/api/7"), 503);
  EXPECT_EQ(status_of({}, "/api/high"), 200);
  EXPECT_EQ(context_.rules.refused().priority, 2U);
  workers_->queued_share = 0;
  base::MemoryBudget::Share held(context_.budget);
  held.set(context_.budget->limit() * 5 / 8);
  EXPECT_EQ(status_of({}, "/api/low"), 503);
  EXPECT_EQ(status_of({}, "/api/7"), 200);
}

constexpr std::string_view kCors =
    "[[cors]]\nroutes = [\"/api/**\"]\norigins = [\"https://a.example\", \"https://*.b.example\"]\n"
    "methods = [\"GET\", \"PUT\"]\nheaders = [\"X-A\"]\nexpose = [\"X-B\"]\ncredentials = true\n";

TEST_F(ExchangeTrafficTest, RespondsToPreflightRequests) {
  set_rules(kCors);
  TestClient& client = with("Origin: https://a.example\r\nAccess-Control-Request-Method: PUT\r\n",
                            "/api/7", "OPTIONS");
  EXPECT_EQ(client.status, 204);
  EXPECT_EQ(client.field("access-control-allow-origin"), "https://a.example");
  EXPECT_EQ(client.field("access-control-allow-credentials"), "true");
  EXPECT_EQ(client.field("access-control-allow-methods"), "GET, PUT");
  EXPECT_EQ(client.field("access-control-allow-headers"), "X-A");
  EXPECT_EQ(client.field("access-control-max-age"), "600");
  EXPECT_EQ(client.field("vary"), "Origin");
  EXPECT_TRUE(workers_->calls.empty());
  TestClient& other = with("Origin: https://c.example\r\nAccess-Control-Request-Method: PUT\r\n",
                           "/api/7", "OPTIONS");
  EXPECT_EQ(other.status, 403);
  EXPECT_EQ(other.field("access-control-allow-origin"), "");
  EXPECT_EQ(context_.rules.refused().origin, 1U);
  EXPECT_EQ(status_of("Origin: https://a.example\r\n", "/api/7", "OPTIONS"), 200)
      << "a plain OPTIONS is for the route";
}

TEST_F(ExchangeTrafficTest, AllowsNamesBelowAnOriginOnly) {
  set_rules(kCors);
  const auto allowed = [this](std::string_view origin) {
    TestClient& client = with("Origin: " + std::string(origin) + "\r\n");
    workers_->respond(call(), 200, {});
    return client.field("access-control-allow-origin") == origin;
  };
  EXPECT_TRUE(allowed("https://x.b.example"));
  EXPECT_TRUE(allowed("https://x.y.b.example"));
  for (const std::string_view origin :
       {"https://b.example", "https://.b.example.c", "http://x.b.example", "https://xb.example",
        "https://evil.example/x.b.example", "https://evil:1.b.example", "https://x@y.b.example",
        "https://x.b.example:8443", "null", "https://a.example.c", ""}) {
    EXPECT_FALSE(allowed(origin) && !origin.empty()) << origin;
  }
}

TEST_F(ExchangeTrafficTest, ErrorsAndRefusalsHaveTheFieldsOfCors) {
  set_rules(std::string(kCors) + "[[limits.rate]]\nroutes = [\"/api/**\"]\nlimit = \"1/60s\"\n");
  TestClient& failed = with("Origin: https://a.example\r\n");
  workers_->fail(call(), workers::Failure::worker_died);
  EXPECT_EQ(failed.status, 502);
  EXPECT_EQ(failed.field("access-control-allow-origin"), "https://a.example");
  EXPECT_EQ(failed.field("access-control-expose-headers"), "X-B");
  TestClient& refused = with("Origin: https://a.example\r\n");
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.field("access-control-allow-origin"), "https://a.example");
  TestClient& missing = with("Origin: https://a.example\r\n", "/api/a/b");
  EXPECT_EQ(missing.field("access-control-allow-origin"), "https://a.example");
}

TEST_F(ExchangeTrafficTest, FieldsOfTheHandlerWin) {
  set_rules(std::string(kCors) +
            "[[headers]]\nroutes = [\"/**\"]\nset = { X-Frame-Options = \"DENY\", X-C = \"d\" }\n"
            "security = true\n");
  TestClient& client = with("Origin: https://a.example\r\n");
  workers_->respond(call(), 200,
                    "Access-Control-Allow-Origin: *\r\nReferrer-Policy: no-referrer\r\n");
  EXPECT_EQ(client.field("access-control-allow-origin"), "*");
  EXPECT_EQ(client.field("access-control-allow-credentials"), "");
  EXPECT_EQ(client.field("referrer-policy"), "no-referrer");
  EXPECT_EQ(client.field("x-frame-options"), "DENY");
  EXPECT_EQ(client.field("x-content-type-options"), "nosniff");
  EXPECT_EQ(client.field("x-c"), "d");
  EXPECT_THAT(client.fields, Not(HasSubstr("SAMEORIGIN")));
}

TEST_F(ExchangeTrafficTest, FieldsOfNextConfigWin) {
  plan_.rules.headers = {adding("/app/:id", {{"X-Frame-Options", "ALLOW"}})};
  serve();
  set_rules("[[headers]]\nroutes = [\"/**\"]\nsecurity = true\n");
  TestClient& client = get("/app/7");
  workers_->respond(call(), 200, {});
  EXPECT_EQ(client.field("x-frame-options"), "ALLOW");
  EXPECT_EQ(client.field("x-content-type-options"), "nosniff");
}

TEST_F(ExchangeTrafficTest, AllOriginsNeedNoVary) {
  set_rules("[[cors]]\nroutes = [\"/api/**\"]\norigins = [\"*\"]\n");
  TestClient& client = with("Origin: https://a.example\r\n");
  workers_->respond(call(), 200, {});
  EXPECT_EQ(client.field("access-control-allow-origin"), "*");
  EXPECT_EQ(client.field("vary"), "");
}

}  // namespace
}  // namespace millrace::gateway
