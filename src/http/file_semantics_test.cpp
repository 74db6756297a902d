// The HTTP semantics of file responses: dates, conditional requests, ranges, content types.
#include <gtest/gtest.h>

#include <string>

#include "http/conditional.hpp"
#include "http/date.hpp"
#include "http/mime_types.hpp"
#include "http/range.hpp"
#include "http/status.hpp"

namespace millrace::http {
namespace {

constexpr std::time_t kTime = 784111777;
constexpr std::string_view kTag = "W/\"10-abc\"";

TEST(HttpDate, IsWrittenAndRead) {
  EXPECT_EQ(format_http_date(kTime), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), kTime);
  for (const std::string_view bad :
       {"", "Sun, 06 Nov 1994 08:49:37", "Mon, 06 Nov 1994 08:49:37 GMT",
        "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nob 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 25:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT"}) {
    EXPECT_EQ(parse_http_date(bad), std::nullopt) << bad;
  }
}

TEST(Conditional, TagsComeBeforeDates) {
  const auto not_modified = [](std::string_view fields) {
    return is_not_modified(fields, kTag, kTime);
  };
  EXPECT_FALSE(not_modified(""));
  EXPECT_TRUE(not_modified("If-None-Match: W/\"10-abc\"\r\n"));
  EXPECT_TRUE(not_modified("If-None-Match: \"x\", \"10-abc\"\r\n"));
  EXPECT_TRUE(not_modified("If-None-Match: *\r\n"));
  EXPECT_FALSE(not_modified("If-None-Match: \"x\"\r\n"));
  EXPECT_TRUE(not_modified("If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n"));
  EXPECT_FALSE(not_modified("If-Modified-Since: Sun, 06 Nov 1994 08:49:36 GMT\r\n"));
  EXPECT_FALSE(not_modified("If-Modified-Since: yesterday\r\n"));
  EXPECT_FALSE(
      not_modified("If-None-Match: \"x\"\r\nIf-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n"));
  EXPECT_FALSE(not_modified("If-None-Match: *\r\nCache-Control: no-cache\r\n"));
}

TEST(Range, OneRangeOfBytes) {
  const auto text = [](std::string_view value, std::uint64_t size) {
    const Range range = parse_range(value, size);
    switch (range.kind) {
      case Range::Kind::whole:
        return std::string("whole");
      case Range::Kind::unsatisfiable:
        return std::string("unsatisfiable");
      case Range::Kind::part:
        return std::to_string(range.first) + "-" + std::to_string(range.last);
    }
    return std::string();
  };
  EXPECT_EQ(text("bytes=0-0", 10), "0-0");
  EXPECT_EQ(text("bytes=2-5", 10), "2-5");
  EXPECT_EQ(text("bytes=2-", 10), "2-9");
  EXPECT_EQ(text("bytes=2-99", 10), "2-9");
  EXPECT_EQ(text("bytes=-3", 10), "7-9");
  EXPECT_EQ(text("bytes=-99", 10), "0-9");
  EXPECT_EQ(text("bytes=10-", 10), "unsatisfiable");
  EXPECT_EQ(text("bytes=-0", 10), "unsatisfiable");
  EXPECT_EQ(text("bytes=-1", 0), "unsatisfiable");
  EXPECT_EQ(text("bytes=0-1,3-4", 10), "whole");
  EXPECT_EQ(text("bytes=5-2", 10), "whole");
  EXPECT_EQ(text("lines=0-1", 10), "whole");
  EXPECT_EQ(text("bytes=x-1", 10), "whole");
  EXPECT_EQ(text("bytes=1-x", 10), "whole");
  EXPECT_EQ(text("bytes=99999999999999999999-", 10), "whole");
}

TEST(ContentType, ByExtension) {
  EXPECT_EQ(content_type_for("/a/index.HTML"), "text/html; charset=UTF-8");
  EXPECT_EQ(content_type_for("x.tar.gz"), "application/gzip");
  EXPECT_EQ(content_type_for("/a.b/file"), "application/octet-stream");
  EXPECT_EQ(content_type_for("x.unknown"), "application/octet-stream");
  EXPECT_EQ(content_type_for("x."), "application/octet-stream");
}

TEST(Status, ReasonPhrases) {
  EXPECT_EQ(reason_phrase(200), "OK");
  EXPECT_EQ(reason_phrase(418), "I'm a Teapot");
  EXPECT_EQ(reason_phrase(299), "unknown");
}

}  // namespace
}  // namespace millrace::http
