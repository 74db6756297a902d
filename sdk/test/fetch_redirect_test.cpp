#include <gmock/gmock.h>

#include <string>

#include "test_client.hpp"
#include "test_server.hpp"

namespace millrace {
namespace {

using boost::beast::http::field;
using test::Reply;
using test::ServerRequest;
using test::TestClient;
using test::TestServer;
using testing::HasSubstr;
using Reason = FetchError::Reason;

/// Redirects /from to `location`, and responds to other paths with "end".
TestServer::Handler redirects(int code, std::string location) {
  return [code, location = std::move(location)](const ServerRequest& request) {
    if (request.target() != "/from") return Reply{test::ok("end")};
    return Reply{test::status(code, "Location: " + location + "\r\n")};
  };
}

struct Case {
  int code;
  std::string method;
  std::string then;
  bool body;
};

TEST(FetchRedirect, KeepsOrChangesTheMethod) {
  for (const auto& [code, method, then, body] :
       {Case{301, "POST", "GET", false}, Case{302, "POST", "GET", false},
        Case{301, "PUT", "PUT", true}, Case{302, "DELETE", "DELETE", true},
        Case{303, "POST", "GET", false}, Case{303, "PUT", "GET", false},
        Case{303, "DELETE", "GET", false}, Case{307, "POST", "POST", true},
        Case{308, "POST", "POST", true}, Case{308, "PATCH", "PATCH", true}}) {
    TestServer server(redirects(code, "/to?a=b#c"));
    TestClient client;
    FetchOptions options(method, "body");
    options.header("Content-Type", "text/plain").header("X-A", "1");
    const FetchResponse response = client.fetch(server.url("/from"), options);
    const std::string name = std::to_string(code) + " " + method;
    EXPECT_EQ(response.text(), "end") << name;
    EXPECT_EQ(response.url(), server.url("/to?a=b")) << name;
    const ServerRequest last = server.requests().at(1);
    EXPECT_EQ(last.method_string(), then) << name;
    EXPECT_EQ(last.target(), "/to?a=b") << name;
    EXPECT_EQ(last.body(), body ? "body" : "") << name;
    EXPECT_EQ(last.count(field::content_type), body ? 1U : 0U) << name;
    EXPECT_EQ(last.count(field::content_length), body ? 1U : 0U) << name;
    EXPECT_EQ(last["X-A"], "1") << name;
  }
}

TEST(FetchRedirect, HeadStaysHead) {
  TestServer server(redirects(303, "/to"));
  TestClient client;
  EXPECT_EQ(client.fetch(server.url("/from"), FetchOptions("HEAD")).text(), "");
  EXPECT_EQ(server.requests().at(1).method_string(), "HEAD");
}

TEST(FetchRedirect, SendsSecretsToTheirOriginOnly) {
  TestServer other([](const ServerRequest&) { return Reply{test::ok("end")}; });
  TestServer same(redirects(302, "/to"));
  TestServer away(redirects(302, other.url("/to")));
  TestClient client;
  FetchOptions options;
  options.header("Authorization", "Bearer abc").header("Cookie", "a=b").header("X-A", "1");
  (void)client.fetch(same.url("/from"), options);
  EXPECT_EQ(same.requests().at(1)[field::authorization], "Bearer abc");
  EXPECT_EQ(same.requests().at(1)[field::cookie], "a=b");
  (void)client.fetch(away.url("/from"), options);
  const ServerRequest last = other.requests().at(0);
  EXPECT_EQ(last.count(field::authorization), 0U);
  EXPECT_EQ(last.count(field::cookie), 0U);
  EXPECT_EQ(last["X-A"], "1");
  EXPECT_EQ(last[field::host], "127.0.0.1:" + other.port());
}

TEST(FetchRedirect, SendsCredentialsOfTheUrlToTheirOriginOnly) {
  TestServer other([](const ServerRequest&) { return Reply{test::ok("end")}; });
  TestServer same(redirects(302, "/to"));
  TestServer away(redirects(302, "http://x:y@127.0.0.1:" + other.port()));
  TestClient client;
  (void)client.fetch("http://a:b@127.0.0.1:" + same.port() + "/from");
  EXPECT_EQ(same.requests().at(1)[field::authorization], "Basic YTpi");
  EXPECT_EQ(client.fetch("http://a:b@127.0.0.1:" + away.port() + "/from").url(), other.url("/"));
  EXPECT_EQ(other.requests().at(0).count(field::authorization), 0U);
}

TEST(FetchRedirect, HasALimit) {
  TestServer server(redirects(302, "/from"));
  TestClient client;
  FetchOptions options;
  options.max_redirects = 3;
  const auto error = client.failure(server.url("/from"), options);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->reason(), Reason::too_many_redirects);
  EXPECT_THAT(error->what(), HasSubstr("more than 3 redirects"));
  EXPECT_EQ(server.requests().size(), 4U);
}

TEST(FetchRedirect, IsReturnedWithoutRedirectsAllowed) {
  TestServer server(redirects(302, "/to"));
  TestClient client;
  FetchOptions options;
  options.max_redirects = 0;
  const FetchResponse response = client.fetch(server.url("/from"), options);
  EXPECT_EQ(response.status(), 302);
  EXPECT_EQ(response.header("location"), "/to");
}

TEST(FetchRedirect, IsReturnedWithoutALocation) {
  TestServer server([](const ServerRequest&) { return Reply{test::status(302)}; });
  TestClient client;
  EXPECT_EQ(client.fetch(server.url("/")).status(), 302);
}

TEST(FetchRedirect, AllowsOnlyHttp) {
  for (const std::string location : {"ftp://127.0.0.1/", "file:///etc/hosts", "http://", "//"}) {
    TestServer server(redirects(302, location));
    TestClient client;
    const auto error = client.failure(server.url("/from"));
    ASSERT_TRUE(error) << location;
    EXPECT_EQ(error->reason(), Reason::network) << location;
  }
}

}  // namespace
}  // namespace millrace
