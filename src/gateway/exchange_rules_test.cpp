// Requests of sites with rules of next.config: redirects, fields, rewrites, and upstreams.
#include <gtest/gtest.h>

#include <string>

#include "gateway/testing/test_exchange.hpp"

namespace millrace::gateway {
namespace {

class ExchangeRulesTest : public ExchangeTest {};

TEST_F(ExchangeRulesTest, RedirectHasNoneOfTheFieldsOfHeaders) {
  plan_.rules.headers = {adding("/old", {{"X-A", "1"}})};
  plan_.rules.redirects = {redirecting("/old", "/new")};
  serve();
  TestClient& client = get("/old?a=b");
  EXPECT_EQ(client.response(), "307 /new?a=b");
  EXPECT_EQ(client.field("location"), "/new?a=b");
  EXPECT_EQ(client.field("x-a"), "");
  EXPECT_EQ(client.field("refresh"), "");
}

TEST_F(ExchangeRulesTest, PermanentRedirectHasARefreshField) {
  plan_.rules.redirects = {redirecting("/old", "/new", 308)};
  serve();
  EXPECT_EQ(get("/old").field("refresh"), "0;url=/new");
}

TEST_F(ExchangeRulesTest, FieldsOfHeadersAreMergedIntoTheResponse) {
  plan_.rules.headers = {adding("/app/:id", {{"X-Id", ":id"}})};
  serve();
  TestClient& client = get("/app/7");
  workers_->respond(call(), 200, "X-B: c\r\n");
  EXPECT_EQ(client.field("x-id"), "7");
  EXPECT_EQ(client.field("x-b"), "c");
}

TEST_F(ExchangeRulesTest, FieldsOfHeadersReplaceThoseOfAnAppRoute) {
  plan_.rules.headers = {adding("/app/:id", {{"X-A", "rule"}})};
  serve();
  TestClient& client = get("/app/7");
  workers_->respond(call(), 200, "X-A: route\r\n");
  EXPECT_EQ(client.field("x-a"), "rule");
}

TEST_F(ExchangeRulesTest, FieldsOfAPagesRouteReplaceThoseOfHeaders) {
  plan_.rules.headers = {adding("/api/:id", {{"X-A", "rule"}})};
  serve();
  TestClient& client = get("/api/7");
  workers_->respond(call(), 200, "X-A: route\r\n");
  EXPECT_EQ(client.field("x-a"), "route");
}

TEST_F(ExchangeRulesTest, RuleThatCannotBeDecidedIsABadRequest) {
  plan_.rules.redirects = {endless_rule()};
  plan_.rules.redirects.front().destination = destination_of("/new");
  serve();
  TestClient& client = get(endless_path());
  EXPECT_EQ(client.response(),
            "400 Bad Request: it cannot be decided whether a rule of this site matches this "
            "request.\n");
  ASSERT_EQ(context_.logged.size(), 1U);
  EXPECT_NE(context_.logged.front().find("cannot decide"), std::string::npos);
}

TEST_F(ExchangeRulesTest, RuleThatCannotBeFilledInIsAnError) {
  plan_.rules.headers = {adding("/old/:id", {{"X-A", "1"}})};
  plan_.rules.redirects = {redirecting("/old/:id", "/new/:other")};
  serve();
  TestClient& client = get("/old/7");
  EXPECT_EQ(client.response(), "500 Internal Server Error");
  EXPECT_EQ(client.field("x-a"), "");
}

TEST_F(ExchangeRulesTest, ParameterThatDoesNotDecodeIsABadRequest) {
  plan_.rules.headers = {adding("/never", {{"X-A", "1"}})};
  serve();
  EXPECT_EQ(get("/api/%80").response(), "400 Bad Request");
}

TEST_F(ExchangeRulesTest, RewriteLeadsToARouteThatSeesTheQuery) {
  plan_.rules.before_files = {rewriting("/from/:id", "/api/:id?x=y")};
  serve();
  get("/from/7");
  EXPECT_EQ(call().route, kPages);
  EXPECT_EQ(call().parameters, "7");
  EXPECT_EQ(call().fields.substr(0, call().fields.find('\r')), "x-millrace-query: x=y");
}

TEST_F(ExchangeRulesTest, RouteWithoutARewriteSeesNoOtherQuery) {
  plan_.rules.before_files = {rewriting("/from/:id", "/api/:id")};
  serve();
  get("/api/7");
  EXPECT_EQ(call().fields, "Host: localhost:3000\r\n");
}

// Upstreams.

class ExchangeUpstreamTest : public ExchangeTest {
 protected:
  ExchangeUpstreamTest() {
    plan_.rules.fallback = {rewriting("/other/:path*", "https://other.example/base/:path*")};
    serve();
  }
};

TEST_F(ExchangeUpstreamTest, GetsTheRequest) {
  plan_.config.proxy_timeout = std::chrono::seconds(5);
  serve();
  ask({.method = "DELETE", .target = "/other/a?b=c", .fields = "Host: a:81\r\nX-A: b\r\n"});
  ASSERT_EQ(context_.upstreams.size(), 1U);
  EXPECT_TRUE(upstream().begun);
  EXPECT_EQ(upstream().method, "DELETE");
  EXPECT_TRUE(upstream().call.target.secure);
  EXPECT_EQ(upstream().call.target.path, "/base/a?b=c");
  EXPECT_EQ(upstream().call.timeout, std::chrono::seconds(5));
  EXPECT_EQ(upstream().call.fields,
            "Host: a:81\r\nX-A: b\r\nx-forwarded-host: a:81\r\nx-forwarded-port: 3000\r\n"
            "x-forwarded-proto: http\r\nx-forwarded-for: 192.0.2.1\r\n");
}

TEST_F(ExchangeUpstreamTest, DoesNotGetConnectionFields) {
  ask({.target = "/other/a", .fields = "Host: a\r\nConnection: x-hop\r\nX-Hop: 1\r\nX-A: b\r\n"});
  EXPECT_EQ(upstream().call.fields.find("X-Hop"), std::string::npos);
  EXPECT_NE(upstream().call.fields.find("X-A"), std::string::npos);
}

TEST_F(ExchangeUpstreamTest, KeepsForwardedFieldsOfAnotherProxy) {
  ask({.target = "/other/a", .fields = "Host: a\r\nX-Forwarded-For: 198.51.100.1\r\n"});
  EXPECT_EQ(upstream().call.fields.find("x-forwarded-for"), std::string::npos);
  EXPECT_NE(upstream().call.fields.find("X-Forwarded-For: 198.51.100.1"), std::string::npos);
}

TEST_F(ExchangeUpstreamTest, ResponseGoesToTheClient) {
  TestClient& client = get("/other/a");
  upstream().respond(203, "X-A: b\r\n", "one ", false);
  upstream().send_body("two", true);
  EXPECT_EQ(client.response(), "203 one two");
  EXPECT_EQ(client.field("x-a"), "b");
}

TEST_F(ExchangeUpstreamTest, FieldsOfTheResponseTakePrecedence) {
  plan_.rules.headers = {adding("/other/:path*", {{"X-A", "rule"}, {"X-B", "rule"}})};
  serve();
  TestClient& client = get("/other/a");
  upstream().respond(200, "X-A: other\r\n", {});
  EXPECT_EQ(client.field("x-a"), "other");
  EXPECT_EQ(client.field("x-b"), "rule");
}

TEST_F(ExchangeUpstreamTest, NotModifiedIsForwarded) {
  TestClient& client = get("/other/a");
  upstream().respond(304, "ETag: \"a\"\r\n", {});
  EXPECT_EQ(client.response(), "304");
}

TEST_F(ExchangeUpstreamTest, HeadIsForwarded) {
  TestClient& client = ask({.method = "HEAD", .target = "/other/a"});
  EXPECT_EQ(upstream().method, "HEAD");
  upstream().respond(200, "Content-Length: 9\r\n", {});
  EXPECT_EQ(client.response(), "200");
}

TEST_F(ExchangeUpstreamTest, GetsCreditForBytesThatTheClientTook) {
  TestClient& client = get("/other/a");
  client.takes = 1;
  upstream().respond(200, {}, "12345", false);
  EXPECT_EQ(upstream().granted, 0U);
  client.read();
  EXPECT_EQ(upstream().granted, 5U);
}

TEST_F(ExchangeUpstreamTest, BodyIsSentWhenItHasRoom) {
  TestClient& client = ask(post("/other/a"));
  EXPECT_EQ(client.body_room(), 0U);
  EXPECT_EQ(client.asked_for_body, 0);
  upstream().take_body(100);
  EXPECT_EQ(client.asked_for_body, 1);
  EXPECT_EQ(client.body_room(), 100U);
  client.send("all", true);
  EXPECT_EQ(upstream().body, "all");
  EXPECT_TRUE(upstream().body_ended);
}

TEST_F(ExchangeUpstreamTest, ThatCannotBeReachedIsAnErrorAndLogged) {
  TestClient& client = get("/other/a");
  EXPECT_EQ(upstream().call.name, "https://other.example/base/a");
  upstream().fail("cannot forward a request to it: connection refused");
  EXPECT_EQ(client.response(), "500 Internal Server Error");
  ASSERT_EQ(context_.logged.size(), 1U);
  EXPECT_EQ(context_.logged.front(),
            "GET /other/a: cannot forward a request to it: connection refused");
}

TEST_F(ExchangeUpstreamTest, ThatFailsWithinTheBodyCutsTheConnection) {
  TestClient& client = get("/other/a");
  upstream().respond(200, {}, "begun", false);
  upstream().fail("it closed the connection");
  EXPECT_EQ(client.response(), "cut after 5 bytes");
}

TEST_F(ExchangeUpstreamTest, HoldsADescriptorUntilItEnds) {
  get("/other/a");
  EXPECT_EQ(*context_.descriptors, 1U);
  upstream().respond(200, {}, {});
  EXPECT_EQ(*context_.descriptors, 0U);
}

TEST_F(ExchangeUpstreamTest, WithoutADescriptorIsUnavailable) {
  context_.most_descriptors = 0;
  TestClient& client = get("/other/a");
  EXPECT_EQ(client.status, 503);
  EXPECT_EQ(client.field("retry-after"), "1");
  EXPECT_TRUE(context_.upstreams.empty());
}

TEST_F(ExchangeUpstreamTest, IsDestroyedWhenTheClientLeaves) {
  get("/other/a").leave();
  EXPECT_EQ(upstream().observer, nullptr);
  EXPECT_EQ(*context_.descriptors, 0U);
}

TEST_F(ExchangeUpstreamTest, IsDestroyedWhenTheClientLeavesWithinTheBody) {
  TestClient& client = get("/other/a");
  upstream().respond(200, {}, "begun", false);
  client.leave();
  EXPECT_EQ(upstream().observer, nullptr);
}

// Routes for which `next dev` responds.

class ExchangeNextDevTest : public ExchangeTest {
 protected:
  TestClient& get_from_next(std::string target) {
    plan_.routes.front().of_next = true;
    const auto site = std::const_pointer_cast<Site>(next_site());
    site->manifest.next_dev = "http://127.0.0.1:4000";
    context_.serve(site);
    return get(std::move(target));
  }
};

TEST_F(ExchangeNextDevTest, GetsTheRequestAsReceived) {
  TestClient& client = get_from_next("/api/7?a=b");
  ASSERT_EQ(context_.upstreams.size(), 1U);
  EXPECT_EQ(upstream().call.name, "`next dev`");
  EXPECT_EQ(upstream().call.target.port, "4000");
  EXPECT_EQ(upstream().call.target.path, "/api/7?a=b");
  upstream().respond(200, {}, "next's");
  EXPECT_EQ(client.response(), "200 next's");
}

TEST_F(ExchangeNextDevTest, AppliesRulesItself) {
  plan_.rules.headers = {adding("/api/:id", {{"X-A", "rule"}})};
  TestClient& client = get_from_next("/api/7");
  upstream().respond(200, {}, {});
  EXPECT_EQ(client.field("x-a"), "");
}

TEST_F(ExchangeNextDevTest, LeavesOtherRoutesToTheWorkers) {
  get_from_next("/app/7");
  EXPECT_TRUE(context_.upstreams.empty());
  EXPECT_EQ(call().route, kApp);
}

}  // namespace
}  // namespace millrace::gateway
