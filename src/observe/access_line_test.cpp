#include "observe/access_line.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <chrono>
#include <string>

namespace millrace::observe {

namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// 2026-11-30T22:41:37.042Z
const AccessClock::Time kTime{seconds(1'796'078'497) + milliseconds(42)};

RequestRecord record() {
  RequestRecord record;
  record.method = "GET";
  record.target = "/api/users/7?full=1&token=abc";
  record.client = "192.0.2.7";
  record.id = "id-1";
  record.trace_id = "0af7651916cd43dd8448eb211c80319c";
  record.status = 200;
  record.sent = 1234;
  record.origin = ResponseOrigin::worker;
  record.cache = CacheState::miss;
  record.route = "/api/users/[id]";
  record.pool = "default";
  record.total = microseconds(12'345);
  record.queue = microseconds(45);
  record.handler = milliseconds(11);
  return record;
}

std::string line(AccessFormat format, const RequestRecord& record) {
  std::string text;
  AccessClock clock;
  append_access_line(text, format, record, SecretMask({"token"}), clock, kTime);
  return text;
}

boost::json::object json(const RequestRecord& record) {
  const std::string text = line(AccessFormat::json, record);
  EXPECT_EQ(text.back(), '\n');
  return boost::json::parse(text).as_object();
}

TEST(AccessLine, IsTheCommonLogFormatWithNamedValuesAfterIt) {
  EXPECT_EQ(line(AccessFormat::common, record()),
            "192.0.2.7 - - [30/Nov/2026:22:41:37 +0000] "
            "\"GET /api/users/7?full=1&token=*** HTTP/1.1\" 200 1234 "
            "time=12.345 queue=0.045 handler=11.000 from=worker route=/api/users/[id] "
            "pool=default cache=MISS id=id-1 trace=0af7651916cd43dd8448eb211c80319c\n");
}

TEST(AccessLine, IsAJsonObject) {
  const auto object = json(record());
  EXPECT_EQ(object.at("time"), "2026-11-30T22:41:37.042Z");
  EXPECT_EQ(object.at("level"), "info");
  EXPECT_EQ(object.at("method"), "GET");
  EXPECT_EQ(object.at("path"), "/api/users/7?full=1&token=***");
  EXPECT_EQ(object.at("status"), 200);
  EXPECT_EQ(object.at("bytes"), 1234);
  EXPECT_EQ(object.at("total_ms"), 12.345);
  EXPECT_EQ(object.at("queue_ms"), 0.045);
  EXPECT_EQ(object.at("handler_ms"), 11.0);
  EXPECT_EQ(object.at("from"), "worker");
  EXPECT_EQ(object.at("route"), "/api/users/[id]");
  EXPECT_EQ(object.at("pool"), "default");
  EXPECT_EQ(object.at("cache"), "MISS");
  EXPECT_EQ(object.at("client"), "192.0.2.7");
  EXPECT_EQ(object.at("request_id"), "id-1");
  EXPECT_EQ(object.at("trace_id"), "0af7651916cd43dd8448eb211c80319c");
  EXPECT_FALSE(object.contains("end"));
  EXPECT_FALSE(object.contains("middleware_ms"));
}

TEST(AccessLine, NamesAnEarlyEnd) {
  RequestRecord early = record();
  early.outcome = RequestOutcome::client_left;
  EXPECT_EQ(json(early).at("end"), "client_left");
  early.outcome = RequestOutcome::cut;
  EXPECT_NE(line(AccessFormat::common, early).find(" end=cut"), std::string::npos);
}

TEST(AccessLine, OfAHeadThatCouldNotBeParsedHasNoRequest) {
  RequestRecord refused;
  refused.client = "192.0.2.7";
  refused.status = 400;
  const std::string common = line(AccessFormat::common, refused);
  EXPECT_NE(common.find("\"-\" 400 0 "), std::string::npos) << common;
  EXPECT_FALSE(json(refused).contains("method"));
}

TEST(AccessLine, CannotBeForgedByATarget) {
  RequestRecord forged = record();
  forged.target = "/a\"b\\c\n192.0.2.9 \xff\x1b[2J";
  const std::string common = line(AccessFormat::common, forged);
  EXPECT_EQ(common.find('\n'), common.size() - 1);
  EXPECT_NE(common.find("/a\\x22b\\x5Cc\\x0A192.0.2.9 \\xFF\\x1B[2J HTTP/1.1\""), std::string::npos)
      << common;
  EXPECT_EQ(json(forged).at("path"), "/a\"b\\c\n192.0.2.9 \xEF\xBF\xBD\x1b[2J");
}

TEST(AccessLine, HasTheTimeOfItsOwnSecond) {
  AccessClock clock;
  std::string text;
  clock.append_iso(text, kTime);
  clock.append_iso(text.append(" "), kTime + milliseconds(957));
  clock.append_iso(text.append(" "), kTime + milliseconds(958));
  EXPECT_EQ(text, "2026-11-30T22:41:37.042Z 2026-11-30T22:41:37.999Z 2026-11-30T22:41:38.000Z");
}

}  // namespace

}  // namespace millrace::observe
