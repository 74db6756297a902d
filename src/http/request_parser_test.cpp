#include "http/request_parser.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <tuple>
#include <vector>

#include "http/fields.hpp"
#include "http/limits.hpp"

namespace millrace::http {
namespace {

using Event = RequestParser::Event;

constexpr std::string_view kHello = "GET /api/hello HTTP/1.1\r\nHost: a\r\n\r\n";

/// What a whole conversation came to.
struct Outcome {
  std::vector<std::string> requests;
  std::uint16_t refused = 0;

  bool operator==(const Outcome&) const = default;
};

/// Reads `input` in pieces of `step` bytes, as a connection does.
Outcome read_all(std::string_view input, std::size_t step) {
  RequestParser parser;
  Outcome outcome;
  std::string buffered;
  std::string current;
  const auto finish = [&] {
    outcome.requests.push_back(current);
    parser.reset();
  };
  for (std::size_t at = 0; at < input.size(); at += step) {
    buffered += input.substr(at, step);
    for (bool more = true; more;) {
      const RequestParser::Step taken = parser.parse(buffered);
      switch (taken.event) {
        case Event::need_more:
          more = false;
          break;
        case Event::head:
          current =
              std::string(parser.head().method) + ' ' + std::string(parser.head().target) + ' ';
          if (!parser.head().has_body) finish();
          break;
        case Event::body:
          current += taken.body;
          break;
        case Event::end:
          finish();
          break;
        case Event::failed:
          outcome.refused = parser.failure().status;
          return outcome;
      }
      buffered.erase(0, taken.consumed);
    }
  }
  return outcome;
}

std::uint16_t status_of(std::string_view input) { return read_all(input, input.size()).refused; }

TEST(RequestParser, ReadsAHead) {
  RequestParser parser;
  EXPECT_TRUE(parser.idle());
  const auto step = parser.parse(
      "POST /api/a?b=1 HTTP/1.1\r\nHost: example.org\r\nX-Two:  b \r\ncontent-length: "
      "3\r\n\r\nabc");
  ASSERT_EQ(step.event, Event::head);
  const RequestHead& head = parser.head();
  EXPECT_EQ(head.method, "POST");
  EXPECT_EQ(head.target, "/api/a?b=1");
  EXPECT_EQ(head.fields, "Host: example.org\r\nX-Two: b\r\ncontent-length: 3\r\n");
  EXPECT_EQ(head.version, 11);
  EXPECT_TRUE(head.keep_alive);
  EXPECT_TRUE(head.has_body);
  EXPECT_FALSE(head.chunked);
  EXPECT_FALSE(head.expects_continue);
  EXPECT_FALSE(head.upgrade);
  EXPECT_EQ(head.content_length, 3U);
  EXPECT_FALSE(parser.idle());
}

TEST(RequestParser, HeadStaysValidWhileTheBodyIsRead) {
  RequestParser parser;
  std::string input = "PUT /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  ASSERT_EQ(parser.parse(input).event, Event::head);
  std::string body = "3\r\nabc\r\n0\r\nX-Trailer: with a long value that makes texts grow\r\n\r\n";
  std::string got;
  for (bool more = true; more;) {
    const auto step = parser.parse(body);
    got += step.body;
    body.erase(0, step.consumed);
    more = step.event == Event::body;
    if (!more) {
      EXPECT_EQ(step.event, Event::end);
    }
  }
  EXPECT_EQ(got, "abc");
  EXPECT_EQ(parser.head().target, "/x");
  EXPECT_EQ(parser.head().fields, "Host: a\r\nTransfer-Encoding: chunked\r\n");
}

TEST(RequestParser, EverySplitGivesTheSame) {
  const std::string conversation =
      std::string(kHello) + "\r\n" +
      "POST /one HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello" +
      "POST /two HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" +
      "5;name=value\r\nhello\r\n1\r\n!\r\n0\r\nTrailer: x\r\n\r\n" +
      "POST /empty HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n" +
      "POST /none HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" +
      std::string(kHello);
  const Outcome whole = read_all(conversation, conversation.size());
  EXPECT_THAT(whole.requests,
              testing::ElementsAre("GET /api/hello ", "POST /one hello", "POST /two hello!",
                                   "POST /empty ", "POST /none ", "GET /api/hello "));
  EXPECT_EQ(whole.refused, 0);
  for (std::size_t step = 1; step < conversation.size(); ++step) {
    EXPECT_EQ(read_all(conversation, step), whole) << "in steps of " << step;
  }
}

TEST(RequestParser, TellsWhetherTheConnectionGoesOn) {
  const auto keep_alive = [](std::string_view version, std::string_view field) {
    RequestParser parser;
    const std::string input =
        "GET / HTTP/" + std::string(version) + "\r\nHost: a\r\n" + std::string(field) + "\r\n";
    EXPECT_EQ(parser.parse(input).event, Event::head);
    return parser.head().keep_alive;
  };
  EXPECT_TRUE(keep_alive("1.1", ""));
  EXPECT_FALSE(keep_alive("1.1", "Connection: close\r\n"));
  EXPECT_FALSE(keep_alive("1.1", "Connection: x, Close\r\n"));
  EXPECT_FALSE(keep_alive("1.0", ""));
  EXPECT_TRUE(keep_alive("1.0", "Connection: keep-alive\r\n"));
}

TEST(RequestParser, CutsTheAuthorityOffAnAbsoluteTarget) {
  const auto target = [](const std::string& form) {
    RequestParser parser;
    EXPECT_EQ(parser.parse("GET " + form + " HTTP/1.1\r\nHost: a\r\n\r\n").event, Event::head);
    return std::string(parser.head().target);
  };
  EXPECT_EQ(target("http://example.org:80/a/b?c"), "/a/b?c");
  EXPECT_EQ(target("HTTPS://example.org"), "/");
  EXPECT_EQ(target("/http://x"), "/http://x");
  EXPECT_EQ(target("*"), "*");
}

TEST(RequestParser, KnowsExpectAndUpgrade) {
  RequestParser parser;
  ASSERT_EQ(parser
                .parse("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: "
                       "1\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n")
                .event,
            Event::head);
  EXPECT_TRUE(parser.head().expects_continue);
  EXPECT_TRUE(parser.head().upgrade);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a\r\nExpect: a-miracle\r\n\r\n"), 417);
}

TEST(RequestParser, RefusesWhatTwoReadersCouldReadDifferently) {
  const std::string post = "POST / HTTP/1.1\r\nHost: a\r\n";
  const std::vector<std::tuple<std::string, int>> cases = {
      {post + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {post + "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n0\r\n\r\n", 400},
      {post + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400},
      {post + "Content-Length: 1, 2\r\n\r\nab", 400},
      {post + "Content-Length: 1\r\nContent-Length: 1\r\n\r\na", 400},
      {post + "Content-Length: 1, 1\r\n\r\na", 400},
      {post + "Content-Length: +1\r\n\r\na", 400},
      {post + "Content-Length: -1\r\n\r\na", 400},
      {post + "Content-Length: 0x1\r\n\r\na", 400},
      {post + "Content-Length: 99999999999999999999999\r\n\r\na", 400},
      {post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501},
      {post + "Transfer-Encoding: identity\r\n\r\n", 501},
      {post + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", 501},
      {post + "Transfer-Encoding: chunked\r\n\r\nxyz\r\nabc", 400},
      {post + "Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n", 400},
      {post + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffffff\r\n", 400},
      {"POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\nX:\r\n\tb\r\n\r\n", 400},
      {"GET / HTTP/1.1\nHost: a\n\n\r\n\r\n", 505},
      {"GET / HTTP/1.1\r\nHost: a\r\nX: a\nY: b\r\n\r\n", 400},
      {std::string("GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n", 35), 400},
      {"GET /\xc3\xa4 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"FETCH / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"get / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"G@T / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
      {"GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505},
      {"GET / FTP/1.1\r\nHost: a\r\n\r\n", 505},
      {"GET /\r\nHost: a\r\n\r\n", 400},
  };
  for (const auto& [input, status] : cases) {
    EXPECT_EQ(status_of(input), status) << testing::PrintToString(input);
  }
}

TEST(RequestParser, LimitsHeadTargetAndTrailer) {
  const std::string start = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
  const std::size_t room = kMaxHeadBytes - start.size() - 4;
  EXPECT_EQ(status_of(start + std::string(room, 'x') + "\r\n\r\n"), 0);
  EXPECT_EQ(status_of(start + std::string(room + 1, 'x') + "\r\n\r\n"), 431);
  EXPECT_EQ(status_of(start + std::string(100'000, 'x')), 431);
  EXPECT_EQ(status_of("GET /" + std::string(kMaxHeadBytes, 'x') + " HTTP/1.1\r\n"), 414);
  const std::string chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(status_of(chunked + "1;" + std::string(kMaxChunkHeadBytes, 'x')), 431);
  EXPECT_EQ(status_of(chunked + "0\r\nT: " + std::string(kMaxChunkHeadBytes, 'x')), 431);
}

}  // namespace
}  // namespace millrace::http
