// Output by line, to a client or to the log: data of one client must not begin a line.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "millrace/log.hpp"
#include "millrace/response.hpp"
#include "test_call.hpp"

namespace millrace {
namespace {

std::string sent(std::string_view data, std::string_view type = {}, std::string_view id = {}) {
  TestCall call;
  BodyWriter body(call);
  const Response response = Response::event_stream(
      [&](EventWriter& events) -> Task<void> { (void)co_await events.send(data, type, id); });
  call.run(response.producer()(body));
  return call.written();
}

TEST(EventStream, SplitsDataAtEachLineBreak) {
  EXPECT_EQ(sent("a"), "data: a\n\n");
  EXPECT_EQ(sent(""), "data: \n\n");
  EXPECT_EQ(sent("a\nb\r\nc\rd"), "data: a\ndata: b\ndata: c\ndata: d\n\n");
  EXPECT_EQ(sent("a\revent: b"), "data: a\ndata: event: b\n\n");
  EXPECT_EQ(sent("a\n"), "data: a\ndata: \n\n");
  EXPECT_EQ(sent("\r\n\r"), "data: \ndata: \ndata: \n\n");
  EXPECT_EQ(sent("a", "news", "7"), "event: news\nid: 7\ndata: a\n\n");
}

TEST(EventStream, RejectsLineBreaksInTypeAndId) {
  for (const std::string& bad :
       {std::string("a\nb"), std::string("a\rb"), std::string("a\0b", 3)}) {
    EXPECT_THROW(sent("x", bad), std::invalid_argument);
    EXPECT_THROW(sent("x", "a", bad), std::invalid_argument);
  }
}

TEST(Log, EscapesLineBreaks) {
  TestCall call;
  const Request request({.fields = "x-request-id: one\r\n", .call = &call}, "");
  log(request).info("name \"a\n[two] paid\r\nx\"");
  EXPECT_THAT(call.logged(), testing::ElementsAre("[one] name \"a\\n[two] paid\\r\\nx\""));
  testing::internal::CaptureStderr();
  log(Request({.fields = "x-request-id: one\r\n"}, "")).info("a\nb");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "[one] a\\nb\n");
}

}  // namespace
}  // namespace millrace
