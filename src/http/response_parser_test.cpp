#include "http/response_parser.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace millrace::http {
namespace {

using Event = ResponseParser::Event;

/// Returns heads, bodies and the end as one text; `input` is offered `step` bytes at a time.
std::string read(std::string_view input, std::size_t step, bool head_request = false,
                 bool closed = true) {
  ResponseParser parser;
  parser.reset(head_request);
  std::string log;
  std::string buffered;
  for (std::size_t at = 0; at < input.size(); at += step) {
    buffered += input.substr(at, step);
    for (;;) {
      const auto taken = parser.parse(buffered);
      if (taken.event == Event::failed) return log + "failed";
      if (taken.event == Event::head) {
        const auto& head = parser.head();
        log += std::to_string(head.status) + " " + std::string(head.reason) + "|" +
               std::string(head.fields) + "|";
        if (head.status < 200) {
          parser.reset(head_request);
        } else if (!head.has_body) {
          return log + "end";
        }
      }
      log += taken.body;
      buffered.erase(0, taken.consumed);
      if (taken.event == Event::end) return log + "|end";
      if (taken.event == Event::need_more) break;
    }
  }
  if (!closed) return log + "|open";
  return log + (parser.finish() == Event::end ? "|end" : "|failed");
}

void expect_both(std::string_view input, std::string_view expected) {
  EXPECT_EQ(read(input, input.size()), expected);
  EXPECT_EQ(read(input, 1), expected);
}

TEST(ResponseParser, ReadsBodiesOfEachFraming) {
  expect_both("HTTP/1.1 200 Fine\r\nA: b\r\nContent-Length: 2\r\n\r\nok",
              "200 Fine|A: b\r\nContent-Length: 2\r\n|ok|end");
  expect_both(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nok\r\n0\r\nT: r\r\n\r\n",
      "200 OK|Transfer-Encoding: chunked\r\n|ok|end");
  expect_both("HTTP/1.1 200 OK\r\n\r\nuntil the end", "200 OK||until the end|end");
}

TEST(ResponseParser, KnowsWhetherAnotherRequestMayFollow) {
  const auto keeps = [](std::string_view head, bool head_request = false) {
    ResponseParser parser;
    parser.reset(head_request);
    EXPECT_EQ(parser.parse(head).event, Event::head) << head;
    return parser.head().keep_alive;
  };
  EXPECT_TRUE(keeps("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"));
  EXPECT_TRUE(keeps("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"));
  EXPECT_TRUE(keeps("HTTP/1.1 204 No Content\r\n\r\n"));
  EXPECT_TRUE(keeps("HTTP/1.1 200 OK\r\n\r\n", true));
  EXPECT_FALSE(keeps("HTTP/1.1 200 OK\r\n\r\n"));
  EXPECT_FALSE(keeps("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n"));
  EXPECT_FALSE(keeps("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n"));
}

TEST(ResponseParser, RecognisesResponsesWithoutABody) {
  expect_both("HTTP/1.1 204 No Content\r\n\r\n", "204 No Content||end");
  expect_both("HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",
              "304 Not Modified|Content-Length: 9\r\n|end");
  EXPECT_EQ(read("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", 5, true),
            "200 OK|Content-Length: 9\r\n|end");
}

TEST(ResponseParser, ReportsInterimResponses) {
  expect_both(
      "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
      "103 Early Hints|Link: x\r\n|200 OK|Content-Length: 0\r\n|end");
}

TEST(ResponseParser, RejectsInvalidResponses) {
  expect_both("no http\r\n\r\n", "failed");
  expect_both("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "failed");
  expect_both("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "failed");
  EXPECT_EQ(read("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", 4),
            "200 OK|Content-Length: 9\r\n|short|failed");
  const std::string long_head = "HTTP/1.1 200 OK\r\nA: " + std::string(100'000, 'x') + "\r\n\r\n";
  EXPECT_EQ(read(long_head, 4096), "failed");
}

}  // namespace
}  // namespace millrace::http
