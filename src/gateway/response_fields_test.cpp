// Fields that are known before the response, and fields for the server itself.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "gateway/internal_fields.hpp"
#include "gateway/pending_fields.hpp"

namespace millrace::gateway {
namespace {

std::string merged(const PendingFields& pending, std::string_view fields, Precedence precedence) {
  std::string out;
  pending.merge(fields, precedence, out);
  return out;
}

/// Returns pending fields with these fields of headers().
PendingFields pending_with(const std::vector<std::pair<std::string, std::string>>& fields) {
  PendingFields pending;
  for (const auto& [name, value] : fields) pending.set(name, value);
  return pending;
}

constexpr Precedence kBoth[] = {Precedence::response, Precedence::pending};

TEST(PendingFields, ReplaceTheResponsesOwn) {
  const PendingFields pending = pending_with({{"X-A", "1"}, {"X-B", "2"}});
  for (const Precedence precedence : kBoth) {
    EXPECT_EQ(merged(pending, "X-C: 3\r\n", precedence), "X-A: 1\r\nX-B: 2\r\nX-C: 3\r\n");
  }
}

TEST(PendingFields, ChangeNothingIfEmpty) {
  const PendingFields pending;
  EXPECT_TRUE(pending.empty());
  for (const Precedence precedence : kBoth) {
    EXPECT_EQ(merged(pending, "A: 1\r\nA: 2\r\nSet-Cookie: c\r\n", precedence),
              "A: 1\r\nA: 2\r\nSet-Cookie: c\r\n");
  }
}

TEST(PendingFields, AreAllFieldsOfAResponseWithoutOwnOnes) {
  const PendingFields pending = pending_with({{"X-A", "1"}, {"Set-Cookie", "c"}, {"Vary", "v"}});
  for (const Precedence precedence : kBoth) {
    EXPECT_EQ(merged(pending, {}, precedence), "X-A: 1\r\nSet-Cookie: c\r\nVary: v\r\n");
  }
}

/// Fields of headers(), of the middleware and of the response, and the result of merging them.
struct Merge {
  std::vector<std::pair<std::string, std::string>> headers;
  std::string middleware;
  std::string own;
  std::string response_wins;
  std::string pending_wins;
};

TEST(PendingFields, AreMergedByPrecedence) {
  for (const Merge& item : std::vector<Merge>{
           {.headers = {{"X-A", "rule"}},
   .middleware = {},
   .own = "x-a: own\r\n",
   .response_wins = "x-a: own\r\n",
   .pending_wins = "X-A: rule\r\n"},
           {.headers = {{"X-A", "rule"}},
           .middleware = {},
           .own = "x-a: one\r\nx-a: two\r\n",
           .response_wins = "x-a: one\r\nx-a: two\r\n",
           .pending_wins = "X-A: rule\r\n"},
           {.headers = {{"Set-Cookie", "rule"}},
           .middleware = {},
           .own = "set-cookie: own\r\n",
           .response_wins = "set-cookie: own\r\n",
           .pending_wins = "Set-Cookie: rule\r\nset-cookie: own\r\n"},
           {.headers = {{"Vary", "Rule"}},
           .middleware = {},
           .own = "vary: own\r\n",
           .response_wins = "vary: own\r\n",
           .pending_wins = "Vary: Rule\r\nvary: own\r\n"},
           {.headers = {},
           .middleware = "x-a: middleware\r\n",
           .own = "X-A: own\r\n",
           .response_wins = "X-A: own\r\n",
           .pending_wins = "x-a: middleware\r\n"},
           {.headers = {},
           .middleware = "set-cookie: m1\r\nset-cookie: m2\r\n",
           .own = "Set-Cookie: own\r\n",
           .response_wins = "set-cookie: m1\r\nset-cookie: m2\r\nSet-Cookie: own\r\n",
           .pending_wins = "set-cookie: m1\r\nset-cookie: m2\r\nSet-Cookie: own\r\n"},
           {.headers = {},
           .middleware = "vary: m\r\n",
           .own = "Vary: own\r\n",
           .response_wins = "Vary: own\r\n",
           .pending_wins = "vary: m\r\nVary: own\r\n"},
           {.headers = {{"X-A", "rule"}, {"X-B", "rule"}},
           .middleware = "x-a: middleware\r\n",
           .own = {},
           .response_wins = "X-B: rule\r\nx-a: middleware\r\n",
           .pending_wins = "X-B: rule\r\nx-a: middleware\r\n"},
           {.headers = {{"Set-Cookie", "r1"}, {"Set-Cookie", "r2"}},
           .middleware = "set-cookie: m\r\n",
           .own = {},
           .response_wins = "set-cookie: m\r\n",
           .pending_wins = "set-cookie: m\r\n"},
       }) {
    PendingFields pending = pending_with(item.headers);
    pending.take_middleware(item.middleware);
    EXPECT_EQ(merged(pending, item.own, Precedence::response), item.response_wins) << item.own;
    EXPECT_EQ(merged(pending, item.own, Precedence::pending), item.pending_wins) << item.own;
  }
}

TEST(PendingFields, OfRulesReplaceThoseOfTheSameNameInTheirPlace) {
  const PendingFields pending =
      pending_with({{"X-A", "1"}, {"X-B", "2"}, {"x-a", "3"}, {"Vary", "v"}, {"VARY", "w"}});
  EXPECT_EQ(merged(pending, {}, Precedence::pending), "X-A: 3\r\nX-B: 2\r\nVary: w\r\n");
}

TEST(PendingFields, OfRulesWithInvalidTextAreOmitted) {
  PendingFields pending;
  for (const std::string_view wrong : {"a\r\nb", "a\nb", "a\rb"}) {
    pending.set("X-A", wrong);
    pending.set(wrong, "b");
  }
  pending.set("X-A", std::string_view("a\0b", 3));
  EXPECT_TRUE(pending.empty());
  pending.set("X-A", "a\tb \xE9");
  EXPECT_FALSE(pending.empty());
}

TEST(PendingFields, AnInvalidValueDoesNotReplaceTheField) {
  PendingFields pending = pending_with({{"X-A", "1"}});
  pending.set("X-A", "2\r\nX-Injected: 3");
  EXPECT_EQ(merged(pending, {}, Precedence::pending), "X-A: 1\r\n");
}

TEST(PendingFields, OfTheMiddlewareMayRepeatAName) {
  PendingFields pending = pending_with({{"Link", "rule"}});
  pending.take_middleware("link: a\r\nlink: b\r\n");
  EXPECT_EQ(merged(pending, {}, Precedence::pending), "link: a\r\nlink: b\r\n");
}

TEST(InternalFields, AreRemovedFromARequestInAnyCase) {
  for (const std::string_view name :
       {"x-middleware-rewrite", "x-middleware-redirect", "x-middleware-set-cookie",
        "x-middleware-skip", "x-middleware-override-headers", "x-middleware-next",
        "x-now-route-matches", "x-matched-path", "x-nextjs-data", "x-next-resume-state-length",
        "next-resume", "x-millrace-query", "x-millrace-", "X-Middleware-Next", "NEXT-RESUME",
        "X-MILLRACE-Anything"}) {
    EXPECT_TRUE(is_internal_field(name)) << name;
  }
}

TEST(InternalFields, AreRecognisedExactly) {
  for (const std::string_view name :
       {"", "x", "host", "x-middleware", "x-middleware-request-a", "x-middleware-nextt",
        "x-millrace", "xx-millrace-query", "y-millrace-query", "next-resume-more", "x-nextjs-cache",
        "x-forwarded-host", "accept-encoding"}) {
    EXPECT_FALSE(is_internal_field(name)) << name;
  }
}

TEST(InternalFields, OfTheMiddlewaresResponseAreNotForTheClient) {
  for (const std::string_view name :
       {"x-middleware-next", "x-middleware-override-headers", "x-middleware-refresh",
        "x-middleware-redirect", "x-middleware-set-cookie", "x-middleware-request-",
        "X-Middleware-Request-Host", "content-length", "Keep-Alive", "connection",
        "transfer-encoding", "content-encoding"}) {
    EXPECT_TRUE(is_middleware_instruction(name)) << name;
  }
  for (const std::string_view name :
       {"", "x-middleware", "x-middleware-rewrite", "set-cookie", "location", "content-type"}) {
    EXPECT_FALSE(is_middleware_instruction(name)) << name;
  }
}

TEST(InternalFields, OfWorkersAreRemovedFromARequest) {
  EXPECT_TRUE(is_internal_field(kRewrittenQueryField));
}

}  // namespace
}  // namespace millrace::gateway
