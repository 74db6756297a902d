#include "millrace/request.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>

#include "millrace/json.hpp"
#include "millrace/params.hpp"

namespace millrace {
namespace {

TEST(Headers, AreJoinedAsInNode) {
  const Headers headers(
      "Host: a.example:81\r\nX-A: 1\r\nx-a:  2 \r\nCookie: a=1\r\ncookie: b=2\r\nHost: b\r\n",
      {.address = "10.0.0.1"});
  EXPECT_EQ(headers.get("X-a"), "1, 2");
  EXPECT_EQ(headers.get("COOKIE"), "a=1; b=2");
  EXPECT_EQ(headers.get("host"), "a.example:81") << "the first counts";
  EXPECT_EQ(headers.get("x-b"), std::nullopt);
}

TEST(Headers, ContainTheRemoteAddress) {
  const Headers plain("Host: a.example:81\r\n", {.address = "10.0.0.1"});
  EXPECT_EQ(plain.get("x-forwarded-for"), "10.0.0.1");
  EXPECT_EQ(plain.get("x-forwarded-host"), "a.example:81");
  EXPECT_EQ(plain.get("x-forwarded-port"), "81");
  EXPECT_EQ(plain.get("x-forwarded-proto"), "http");
  const Headers known("Host: a.example:81\r\n", {.address = "10.0.0.1", .server_port = 3000});
  EXPECT_EQ(known.get("x-forwarded-port"), "3000") << "whatever Host says, as in Next.js";
  const Headers secure("Host: a\r\nX-Forwarded-For: 1.2.3.4\r\n",
                       {.address = "10.0.0.1", .secure = true});
  EXPECT_EQ(secure.get("x-forwarded-for"), "1.2.3.4");
  EXPECT_EQ(secure.get("x-forwarded-port"), "443");
  EXPECT_THAT(secure.entries(), testing::ElementsAre(testing::Pair("host", "a"),
                                                     testing::Pair("x-forwarded-for", "1.2.3.4"),
                                                     testing::Pair("x-forwarded-host", "a"),
                                                     testing::Pair("x-forwarded-port", "443"),
                                                     testing::Pair("x-forwarded-proto", "https")));
}

TEST(Headers, AddForwardedFieldsAsTheServerAndTheNodeWorkerDo) {
  std::ifstream file(MILLRACE_CASES "/forwarded_fields.json");
  const json::value cases = json::parse(std::string{std::istreambuf_iterator<char>(file), {}});
  ASSERT_FALSE(cases.as_array().empty());
  for (const json::value& item : cases.as_array()) {
    const json::object& given = item.as_object();
    std::string lines;
    for (const json::value& field : given.at("fields").as_array()) {
      lines.append(field.at(0).as_string()).append(": ");
      lines.append(field.at(1).as_string()).append("\r\n");
    }
    const Headers headers(
        lines, {.address = "10.0.0.1",
                .secure = given.contains("secure"),
                .server_port = given.contains("server_port")
                                   ? json::value_to<std::uint16_t>(given.at("server_port"))
                                   : std::uint16_t{0}});
    for (const auto& [name, value] : given.at("expected").as_object()) {
      EXPECT_EQ(headers.get(name), std::string(value.as_string())) << given.at("title") << name;
    }
  }
}

TEST(Request, HasItsUrlAndCookies) {
  const Request request(
      {.target = "/api/a?b=1&b=2",
       .fields = "Host: a.example\r\nX-Forwarded-Proto: https\r\nCookie: c=d%20e\r\n"},
      "");
  EXPECT_EQ(request.url().href(), "https://a.example/api/a?b=1&b=2");
  EXPECT_EQ(request.query("b"), "1");
  EXPECT_EQ(request.cookies().get("c"), "d e");
  EXPECT_FALSE(request.stop_token().stop_possible());
}

TEST(Request, IgnoresAHostThatWouldEndTheAuthority) {
  const Request request({.target = "/a", .fields = "Host: evil/path?\r\n"}, "");
  EXPECT_EQ(request.url().href(), "http://localhost/a");
}

TEST(Request, KeepsItsIdUnlessItWouldBreakTheLog) {
  const Request given({.fields = "X-Request-Id: abc-1\r\n"}, "");
  EXPECT_EQ(given.id(), "abc-1");
  const Request odd({.fields = "X-Request-Id: abc def\r\n"}, "");
  EXPECT_EQ(odd.id().size(), 16U);
  EXPECT_EQ(odd.id(), odd.id());
}

TEST(Request, WithInvalidJsonIs400) {
  const Request request({.method = "POST"}, "{");
  try {
    static_cast<void>(request.json());
    FAIL() << "expected an HttpError";
  } catch (const HttpError& error) {
    EXPECT_EQ(error.response().status(), 400);
  }
}

TEST(Params, AreDecodedByKindOfSegment) {
  const std::array<Segment, 3> segments = {
      Segment{.name = "id", .kind = SegmentKind::single},
      Segment{.name = "path", .kind = SegmentKind::catch_all},
      Segment{.name = "rest", .kind = SegmentKind::optional_catch_all}};
  const Params params(segments, "a%20b x%2Fy/z ");
  EXPECT_EQ(params["id"], "a b");
  EXPECT_EQ(params["path"], "x/y/z");
  EXPECT_THAT(params.all("path"), testing::ElementsAre("x/y", "z"));
  EXPECT_EQ(params["rest"], "");
  EXPECT_FALSE(params.has("rest"));
  EXPECT_EQ(params.values().size(), 2U);
  EXPECT_THROW(static_cast<void>(params["none"]), std::out_of_range);
}

}  // namespace
}  // namespace millrace
