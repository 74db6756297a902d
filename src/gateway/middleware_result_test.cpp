#include "gateway/middleware_result.hpp"

#include <gtest/gtest.h>

#include <string>

#include "gateway/internal_fields.hpp"
#include "gateway/upstream_request.hpp"

namespace millrace::gateway {
namespace {

using ResultKind = MiddlewareResult::Kind;

std::string merged(const PendingFields& pending, std::string_view fields, Precedence precedence) {
  std::string out;
  pending.merge(fields, precedence, out);
  return out;
}

TEST(MiddlewareResult, NextOverridesTheRequestsFields) {
  PendingFields pending;
  const auto answer = read_middleware_result(
      200,
      "x-middleware-next: 1\r\nx-middleware-override-headers: host,x-new\r\n"
      "x-middleware-request-host: a\r\nx-middleware-request-x-new: 1\r\nx-seen: yes\r\n",
      "Host: a\r\nUser-Agent: b\r\n", pending);
  EXPECT_EQ(answer.kind, ResultKind::next);
  EXPECT_EQ(answer.request_fields, "host: a\r\nx-new: 1\r\nx-seen: yes\r\n");
  EXPECT_EQ(answer.set_fields, answer.request_fields) << "it has chosen each of them";
  EXPECT_EQ(merged(pending, {}, Precedence::response), "x-seen: yes\r\n");
}

TEST(MiddlewareResult, RecognisesRewritesRedirectsAndResponses) {
  PendingFields pending;
  const auto rewrite =
      read_middleware_result(200, "x-middleware-rewrite: /to?a=b\r\n", "Host: a\r\n", pending);
  EXPECT_EQ(rewrite.kind, ResultKind::rewrite);
  EXPECT_EQ(rewrite.rewrite, "/to?a=b");
  EXPECT_EQ(rewrite.request_fields, "Host: a\r\n");
  EXPECT_EQ(rewrite.set_fields, "");
  const auto next = read_middleware_result(200, "x-middleware-next: 1\r\nx-a: b\r\n",
                                           "X-A: c\r\nX-D: e\r\n", pending);
  EXPECT_EQ(next.set_fields, "x-a: b\r\n") << "the other one is the client's";
  const auto redirect = read_middleware_result(307, "location: /x\r\n", {}, pending);
  EXPECT_EQ(redirect.kind, ResultKind::redirect);
  EXPECT_EQ(redirect.location, "/x");
  EXPECT_EQ(read_middleware_result(201, "location: /x\r\n", {}, pending).kind, ResultKind::respond);
  EXPECT_EQ(read_middleware_result(200, "x-a: b\r\n", {}, pending).kind, ResultKind::respond);
}

TEST(MiddlewareResult, RewriteTakesPrecedenceOverNext) {
  for (const std::string_view fields : {"x-middleware-rewrite: /to\r\nx-middleware-next: 1\r\n",
                                        "x-middleware-next: 1\r\nx-middleware-rewrite: /to\r\n"}) {
    PendingFields pending;
    EXPECT_EQ(read_middleware_result(200, fields, {}, pending).kind, ResultKind::rewrite) << fields;
  }
}

TEST(MiddlewareResult, InstructionsAreCaseInsensitive) {
  PendingFields pending;
  const auto answer =
      read_middleware_result(200,
                             "X-Middleware-Next: 1\r\nX-Middleware-Override-Headers: "
                             "X-A\r\nX-MIDDLEWARE-REQUEST-x-a: 1\r\n",
                             "Host: h\r\n", pending);
  EXPECT_EQ(answer.kind, ResultKind::next);
  EXPECT_EQ(answer.request_fields, "X-A: 1\r\nhost: h\r\n");
  EXPECT_TRUE(pending.empty()) << "the client learns nothing of them";
}

TEST(MiddlewareResult, RedirectsOnlyWithRedirectStatuses) {
  for (const std::uint16_t status : {301, 302, 303, 307, 308}) {
    PendingFields pending;
    const auto answer = read_middleware_result(status, "Location: /to\r\n", {}, pending);
    EXPECT_EQ(answer.kind, ResultKind::redirect) << status;
    EXPECT_EQ(answer.location, "/to");
  }
  for (const std::uint16_t status : {200, 300, 304, 305, 400}) {
    PendingFields pending;
    EXPECT_EQ(read_middleware_result(status, "Location: /to\r\n", {}, pending).kind,
              ResultKind::respond)
        << status;
  }
}

TEST(MiddlewareResult, NextWithALocationIsNoRedirect) {
  PendingFields pending;
  const auto answer =
      read_middleware_result(307, "x-middleware-next: 1\r\nlocation: /to\r\n", {}, pending);
  EXPECT_EQ(answer.kind, ResultKind::next);
}

/// Returns the request's fields after a response that overrides the fields in `names`.
std::string overridden(std::string_view names, std::string_view given,
                       std::string_view request = "Host: h\r\nX-Own: client\r\n") {
  PendingFields pending;
  const std::string fields =
      "x-middleware-next: 1\r\nx-middleware-override-headers: " + std::string(names) + "\r\n" +
      std::string(given);
  return read_middleware_result(200, fields, request, pending).request_fields;
}

TEST(MiddlewareResult, OverridesWithTheFieldsThatItLists) {
  const std::string given = "x-middleware-request-x-a: 1\r\nx-middleware-request-x-b: 2\r\n";
  EXPECT_EQ(overridden("x-a,x-b", given), "x-a: 1\r\nx-b: 2\r\nhost: h\r\n");
  EXPECT_EQ(overridden(" x-b , ,x-a,", given), "x-b: 2\r\nx-a: 1\r\nhost: h\r\n");
  EXPECT_EQ(overridden("x-a", given), "x-a: 1\r\nhost: h\r\n") << "x-b is not listed";
  EXPECT_EQ(overridden("x-c", given), "host: h\r\n") << "listed and not given: removed";
  EXPECT_EQ(overridden("", given), "host: h\r\n");
}

TEST(MiddlewareResult, KeepsTheHostUnlessItSetsAnother) {
  EXPECT_EQ(overridden("host", "x-middleware-request-host: other\r\n"), "host: other\r\n");
  EXPECT_EQ(overridden("x-a", "x-middleware-request-x-a: 1\r\n", "X-Own: 1\r\n"), "x-a: 1\r\n")
      << "HTTP/1.0 need not have one";
}

TEST(MiddlewareResult, AddsFieldsForTheClientToTheRequest) {
  PendingFields pending;
  const auto answer = read_middleware_result(
      200, "x-middleware-next: 1\r\nX-Seen: new\r\nset-cookie: a=1\r\nset-cookie: b=2\r\n",
      "Host: h\r\nx-seen: old\r\nX-Other: o\r\n", pending);
  EXPECT_EQ(answer.request_fields,
            "Host: h\r\nX-Other: o\r\nX-Seen: new\r\nset-cookie: a=1\r\nset-cookie: b=2\r\n");
  EXPECT_EQ(merged(pending, {}, Precedence::response),
            "X-Seen: new\r\nset-cookie: a=1\r\nset-cookie: b=2\r\n");
}

TEST(MiddlewareResult, AddsCookiesForTheClientToTheRequest) {
  PendingFields pending;
  const auto answer = read_middleware_result(
      200, "x-middleware-next: 1\r\nx-middleware-set-cookie: a=1\r\n", "Host: h\r\n", pending);
  EXPECT_EQ(answer.request_fields, "Host: h\r\nx-middleware-set-cookie: a=1\r\n");
  EXPECT_TRUE(pending.empty());
}

TEST(MiddlewareResult, ResponseLeavesTheRequestUnchanged) {
  PendingFields pending;
  const auto answer =
      read_middleware_result(403, "X-Why: no\r\nContent-Length: 3\r\n", "Host: h\r\n", pending);
  EXPECT_EQ(answer.kind, ResultKind::respond);
  EXPECT_EQ(answer.request_fields, "");
  EXPECT_EQ(merged(pending, {}, Precedence::response), "X-Why: no\r\n")
      << "its length is the server's business";
}

TEST(MiddlewareResult, ReplacesTheFieldsOfRules) {
  PendingFields pending;
  pending.set("X-A", "rule");
  pending.set("X-B", "rule");
  static_cast<void>(read_middleware_result(200, "x-middleware-next: 1\r\nx-a: middleware\r\n",
                                           "Host: h\r\n", pending));
  EXPECT_EQ(merged(pending, {}, Precedence::response), "X-B: rule\r\nx-a: middleware\r\n");
}

TEST(PendingFields, AreMergedByTheKindOfResponse) {
  PendingFields pending;
  pending.set("X-Own", "config");
  pending.set("x-own", "later");
  pending.set("Set-Cookie", "a=1");
  pending.set("Set-Cookie", "b=2");
  pending.set("Vary", "one");
  pending.set("X-Bad", "a\r\nb: c");
  const std::string own = "x-own: handler\r\nset-cookie: h=1\r\nvary: two\r\n";
  EXPECT_EQ(merged(pending, own, Precedence::response), own);
  EXPECT_EQ(merged(pending, own, Precedence::pending),
            "X-Own: later\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nVary: one\r\n"
            "set-cookie: h=1\r\nvary: two\r\n");
  pending.take_middleware("set-cookie: m=1\r\nx-own: middleware\r\n");
  EXPECT_EQ(merged(pending, "set-cookie: h=1\r\n", Precedence::response),
            "Vary: one\r\nset-cookie: m=1\r\nx-own: middleware\r\nset-cookie: h=1\r\n");
}

TEST(InternalFields, AreKnownInAnyCase) {
  EXPECT_TRUE(is_internal_field("X-Middleware-Rewrite"));
  EXPECT_TRUE(is_internal_field("x-millrace-query"));
  EXPECT_TRUE(is_internal_field("Next-Resume"));
  EXPECT_FALSE(is_internal_field("x-middleware-request-a"));
  EXPECT_FALSE(is_internal_field("x-m"));
  EXPECT_FALSE(is_internal_field("accept-encoding"));
}

TEST(UpstreamUrl, IsTakenApart) {
  const auto plain = parse_upstream_url("http://example.com");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain.value().host, "example.com");
  EXPECT_EQ(plain.value().port, "80");
  EXPECT_EQ(plain.value().path, "/");
  const auto whole = parse_upstream_url("http://[::1]:8080/a?b=c#d");
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole.value().host, "::1");
  EXPECT_EQ(whole.value().port, "8080");
  EXPECT_EQ(whole.value().authority, "[::1]:8080");
  EXPECT_EQ(whole.value().path, "/a?b=c");
  EXPECT_EQ(parse_upstream_url("https://a/").value().port, "443");
  EXPECT_EQ(parse_upstream_url("http://a:/").value().port, "80");
  for (const std::string_view wrong :
       {"a/", "ftp://a/", "http:///x", "http://a:x/", "http://a/ b", "http://a/\r\nb"}) {
    EXPECT_FALSE(parse_upstream_url(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace millrace::gateway
