// What goes to the site's upstream, and to a `next dev` that serves pages.
#include <gmock/gmock.h>

#include <string>

#include "gateway/testing/test_exchange.hpp"
#include "http/fields.hpp"

namespace millrace::gateway {
namespace {

using testing::HasSubstr;

class SiteUpstreamTest : public ExchangeTest {
 protected:
  void serve_with_upstream() {
    const auto site = std::const_pointer_cast<Site>(next_site());
    site->upstream = parse_upstream_url("http://127.0.0.1:4000").value();
    context_.serve(site);
  }

  [[nodiscard]] std::string field_of_call(std::string_view name) {
    return std::string(http::find_field(upstream().call.fields, name).value_or(""));
  }
};

TEST_F(SiteUpstreamTest, GetsWhatMatchesNothing) {
  serve_with_upstream();
  TestClient& client = ask({.target = "/about?a=%20b",
                            .fields = "Host: app.example\r\nConnection: x-own\r\nX-Own: 1\r\n"
                                      "Cookie: a=b\r\n"});
  ASSERT_EQ(context_.upstreams.size(), 1U);
  const UpstreamCall& call = upstream().call;
  EXPECT_EQ(call.target.server(), "http://127.0.0.1:4000");
  EXPECT_EQ(call.target.authority, "app.example") << "the upstream is the same site for clients";
  EXPECT_EQ(call.target.path, "/about?a=%20b");
  EXPECT_EQ(call.forwarding, Forwarding::site);
  EXPECT_EQ(field_of_call("cookie"), "a=b");
  EXPECT_EQ(field_of_call("x-own"), "");
  EXPECT_EQ(field_of_call("x-forwarded-host"), "app.example");
  EXPECT_EQ(field_of_call("x-forwarded-for"), "192.0.2.1");
  EXPECT_EQ(field_of_call("x-forwarded-proto"), "http");
  EXPECT_EQ(field_of_call("x-forwarded-port"), "3000");
  upstream().respond(200, "X-Up: 1\r\n", "page");
  EXPECT_EQ(client.response(), "200 page");
  EXPECT_EQ(client.field("x-up"), "1");
}

TEST_F(SiteUpstreamTest, GetsNoRoute) {
  serve_with_upstream();
  get("/api/7");
  EXPECT_TRUE(context_.upstreams.empty());
  EXPECT_EQ(call().route, kPages);
}

TEST_F(SiteUpstreamTest, GetsMissingFilesOfTheBuildAndPathsOutsideOfTheBasePath) {
  plan_.config.base_path = "/base";
  serve_with_upstream();
  get("/base/_next/static/chunks/a.js");
  get("/elsewhere");
  EXPECT_EQ(context_.upstreams.size(), 2U);
}

TEST_F(SiteUpstreamTest, IsNotCompressedAndNoFieldIsAddedToItsResponse) {
  plan_.config.compress = true;
  plan_.rules.headers = {adding("/:path*", {{"X-A", "rule"}})};
  serve_with_upstream();
  TestClient& client = ask({.target = "/about", .fields = "Host: a\r\nAccept-Encoding: gzip\r\n"});
  const std::string text(4096, 'x');
  upstream().respond(200, "Content-Type: text/plain\r\n", text);
  EXPECT_EQ(client.fields, "Content-Type: text/plain\r\n");
  EXPECT_EQ(client.body, text);
}

TEST_F(SiteUpstreamTest, ThatFailsIsABadGateway) {
  serve_with_upstream();
  TestClient& client = get("/about");
  upstream().observer->on_failed(SourceFailure::bad_gateway, "cannot forward");
  EXPECT_THAT(client.response(), HasSubstr("502 Bad Gateway: the upstream"));
  EXPECT_EQ(context_.logged, std::vector<std::string>{"GET /about: cannot forward"});
}

TEST_F(SiteUpstreamTest, ThatIsTooSlowIsAGatewayTimeout) {
  serve_with_upstream();
  TestClient& client = get("/about");
  upstream().observer->on_failed(SourceFailure::gateway_timeout, "cannot forward");
  EXPECT_THAT(client.response(), HasSubstr("504 Gateway Timeout: the upstream"));
}

TEST_F(SiteUpstreamTest, SwitchesProtocolsAndPassesBytesOn) {
  serve_with_upstream();
  TestClient& client = ask({.target = "/socket", .fields = "Host: a\r\n"});
  upstream().respond(101, "Upgrade: x\r\nConnection: Upgrade\r\n", {}, false);
  EXPECT_EQ(client.switched, "Upgrade: x\r\nConnection: Upgrade\r\n");
  upstream().take_body(100);
  client.send("to the upstream");
  EXPECT_EQ(upstream().body, "to the upstream");
  upstream().send_body("to the client", false);
  EXPECT_EQ(client.body, "to the client");
  EXPECT_EQ(upstream().granted, 13U);
  upstream().observer->on_failed(SourceFailure::bad_gateway, "broken");
  EXPECT_TRUE(client.was_cut);
}

class ExchangePagesInDevTest : public ExchangeTest {
 protected:
  void serve_pages() {
    const auto site = std::const_pointer_cast<Site>(next_site());
    site->manifest.next_dev = "http://127.0.0.1:4000";
    site->manifest.next_dev_pages = true;
    context_.serve(site);
  }
};

TEST_F(ExchangePagesInDevTest, GetWhatMatchesNothing) {
  serve_pages();
  get("/about");
  ASSERT_EQ(context_.upstreams.size(), 1U);
  EXPECT_EQ(upstream().call.name, "`next dev`");
  EXPECT_EQ(upstream().call.target.authority, "localhost:3000");
  get("/api/7");
  EXPECT_EQ(context_.upstreams.size(), 1U);
}

TEST_F(ExchangePagesInDevTest, GetTheirOwnFilesWithoutRulesAndMiddleware) {
  plan_.rules.redirects = {redirecting("/:path*", "/elsewhere")};
  serve_pages();
  for (const std::string_view path :
       {"/_next/webpack-hmr?id=1", "/_next/image?url=a", "/__nextjs_original-stack-frames"}) {
    get(std::string(path));
    EXPECT_EQ(upstream().call.target.path, path);
  }
  EXPECT_EQ(context_.upstreams.size(), 3U);
}

TEST_F(ExchangePagesInDevTest, AreTheUpstreamsWhereThereIsOne) {
  const auto site = std::const_pointer_cast<Site>(next_site());
  site->manifest.next_dev = "http://127.0.0.1:4000";
  site->manifest.next_dev_pages = true;
  site->upstream = parse_upstream_url("http://127.0.0.1:5000").value();
  context_.serve(site);
  get("/_next/image?url=a");
  EXPECT_EQ(upstream().call.target.port, "5000");
}

}  // namespace
}  // namespace millrace::gateway
