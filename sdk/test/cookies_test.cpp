#include "millrace/cookies.hpp"

#include <gmock/gmock.h>

#include <chrono>
#include <limits>
#include <stdexcept>
#include <string>

namespace millrace {
namespace {

using namespace std::chrono_literals;
using std::chrono::system_clock;
using testing::ElementsAre;
using testing::Pair;

/// Tue, 03 Mar 2026 04:05:06 GMT
const system_clock::time_point kNow = system_clock::from_time_t(1772510706);

TEST(RequestCookies, ReadsPairsInOrder) {
  const RequestCookies cookies("theme=dark; session=abc=; flag;;  last=%E2%82%AC");
  EXPECT_THAT(cookies.all(), ElementsAre(Pair("theme", "dark"), Pair("session", "abc="),
                                         Pair("flag", "true"), Pair("last", "€")));
  EXPECT_EQ(cookies.get("theme"), "dark");
  EXPECT_TRUE(cookies.has("flag"));
  EXPECT_EQ(cookies.get("Theme"), std::nullopt);
  EXPECT_EQ(cookies.size(), 4U);
}

TEST(RequestCookies, LastValueOfANameTakesTheFirstPosition) {
  const RequestCookies cookies("a=1; b=2; a=3");
  EXPECT_THAT(cookies.all(), ElementsAre(Pair("a", "3"), Pair("b", "2")));
}

TEST(RequestCookies, IgnoresInvalidEncoding) {
  for (const std::string value : {"%", "%4", "%zz", "%ff", "%C0%80", "%ED%A0%80", "x%E2%82"}) {
    const RequestCookies cookies("bad=" + value + "; good=1");
    EXPECT_THAT(cookies.all(), ElementsAre(Pair("good", "1"))) << value;
  }
  // A value that decodes is kept where a later one does not decode.
  EXPECT_EQ(RequestCookies("a=1; a=%").get("a"), "1");
}

TEST(RequestCookies, KeepsNamesAndBlanksAsReceived) {
  const RequestCookies cookies("a%20b=c ;=nameless; x = y;");
  EXPECT_THAT(cookies.all(),
              ElementsAre(Pair("a%20b", "c "), Pair("", "nameless"), Pair("x ", " y")));
  EXPECT_EQ(RequestCookies("").size(), 0U);
  EXPECT_EQ(RequestCookies(";; ; ").size(), 0U);
}

Cookie without_path(std::string value) {
  Cookie cookie("a", std::move(value));
  cookie.path.clear();
  return cookie;
}

TEST(SetCookie, PathIsTheRootUnlessGiven) {
  EXPECT_EQ(to_set_cookie({"a", "b"}), "a=b; Path=/");
  Cookie cookie("a", "");
  cookie.path = "/api";
  EXPECT_EQ(to_set_cookie(cookie), "a=; Path=/api");
  EXPECT_EQ(to_set_cookie(without_path("b")), "a=b");
}

TEST(SetCookie, EscapesTheValueAsEncodeURIComponent) {
  EXPECT_EQ(to_set_cookie(without_path("x; y=\"€\"\r\n~'()*!.-_")),
            "a=x%3B%20y%3D%22%E2%82%AC%22%0D%0A~'()*!.-_");
}

TEST(SetCookie, WritesAttributesInTheOrderOfNext) {
  Cookie cookie("id", "7");
  cookie.domain = "example.com";
  cookie.expires = kNow;
  cookie.secure = true;
  cookie.http_only = true;
  cookie.same_site = SameSite::lax;
  cookie.partitioned = true;
  cookie.priority = CookiePriority::high;
  EXPECT_EQ(to_set_cookie(cookie),
            "id=7; Path=/; Expires=Tue, 03 Mar 2026 04:05:06 GMT; Domain=example.com; Secure; "
            "HttpOnly; SameSite=lax; Partitioned; Priority=high");
}

TEST(SetCookie, NamesEverySiteAndPriority) {
  const auto text = [](SameSite site, CookiePriority priority) {
    Cookie cookie = without_path("b");
    cookie.same_site = site;
    cookie.priority = priority;
    return to_set_cookie(cookie);
  };
  EXPECT_EQ(text(SameSite::strict, CookiePriority::low), "a=b; SameSite=strict; Priority=low");
  EXPECT_EQ(text(SameSite::none, CookiePriority::medium), "a=b; SameSite=none; Priority=medium");
  EXPECT_EQ(text(SameSite::unset, CookiePriority::unset), "a=b");
}

TEST(SetCookie, MaxAgeSetsExpires) {
  Cookie cookie = without_path("b");
  cookie.max_age = 60s;
  EXPECT_EQ(to_set_cookie(cookie, kNow), "a=b; Expires=Tue, 03 Mar 2026 04:06:06 GMT; Max-Age=60");
  cookie.expires = system_clock::from_time_t(0);
  EXPECT_EQ(to_set_cookie(cookie, kNow), "a=b; Expires=Tue, 03 Mar 2026 04:06:06 GMT; Max-Age=60");
  cookie.max_age = 0s;
  EXPECT_EQ(to_set_cookie(cookie, kNow), "a=b; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0");
  cookie.expires.reset();
  EXPECT_EQ(to_set_cookie(cookie, kNow), "a=b; Max-Age=0");
  cookie.max_age = -1s;
  EXPECT_EQ(to_set_cookie(cookie, kNow), "a=b; Expires=Tue, 03 Mar 2026 04:05:05 GMT; Max-Age=-1");
}

TEST(SetCookie, MaxAgeBeyondTheClockIsWritten) {
  Cookie cookie = without_path("b");
  cookie.max_age = std::chrono::seconds(std::numeric_limits<std::int64_t>::max());
  EXPECT_THAT(to_set_cookie(cookie, kNow), testing::EndsWith("GMT; Max-Age=9223372036854775807"));
}

TEST(SetCookie, RejectsInjectedAttributesAndFields) {
  const auto refuses = [](const Cookie& cookie) {
    EXPECT_THROW((void)to_set_cookie(cookie), std::invalid_argument);
  };
  for (const std::string name : {"", "a b", "a=b", "a;b", "a\r\nb", "ä"}) {
    refuses({name, "1"});
  }
  for (const std::string text : {"/;Domain=x", "/\r\nX: y"}) {
    Cookie cookie("a", "1");
    cookie.path = text;
    refuses(cookie);
    cookie.path = "/";
    cookie.domain = text;
    refuses(cookie);
  }
}

}  // namespace
}  // namespace millrace
