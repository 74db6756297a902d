#include "http/request_parser.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "http/fields.hpp"
#include "http/limits.hpp"

namespace millrace::http {
namespace {

using Event = RequestParser::Event;

constexpr std::string_view kHello = "GET /api/hello HTTP/1.1\r\nHost: a\r\n\r\n";

/// The result of a whole conversation.
struct Outcome {
  std::vector<std::string> requests;
  std::uint16_t refused = 0;

  bool operator==(const Outcome&) const = default;
};

/// Parses `input` in pieces of `step` bytes, as a connection does.
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

TEST(RequestParser, DeterminesWhetherTheConnectionStaysOpen) {
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

/// The target and fields of a request with this line.
using Read = std::pair<std::string, std::string>;

TEST(RequestParser, AbsoluteTargetsReplaceTheHost) {
  const auto read = [](const std::string& line, const std::string& fields) {
    RequestParser parser;
    EXPECT_EQ(parser.parse(line + "\r\n" + fields + "\r\n").event, Event::head) << line;
    return Read(parser.head().target, parser.head().fields);
  };
  const std::string host = "A: b\r\nhOst: sent\r\n";
  const std::string replaced = "A: b\r\nhOst: example.org:80\r\n";
  EXPECT_EQ(read("GET http://example.org:80/a/b?c HTTP/1.1", host), Read("/a/b?c", replaced));
  EXPECT_EQ(read("GET HTTP://example.org:80 HTTP/1.1", host), Read("/", replaced));
  EXPECT_EQ(read("GET http://example.org:80?x=/api/hello HTTP/1.1", host),
            Read("/?x=/api/hello", replaced));
  EXPECT_EQ(read("OPTIONS http://example.org:80 HTTP/1.1", host), Read("*", replaced));
  EXPECT_EQ(read("OPTIONS http://example.org:80/ HTTP/1.1", host), Read("/", replaced));
  EXPECT_EQ(read("GET http://[::1]/ HTTP/1.0", ""), Read("/", "Host: [::1]\r\n"));
  EXPECT_EQ(read("GET /http://x HTTP/1.1", host), Read("/http://x", host));
  EXPECT_EQ(read("OPTIONS * HTTP/1.1", host), Read("*", host));
}

TEST(RequestParser, RejectsInvalidTargets) {
  const auto status = [](const std::string& line) {
    return status_of(line + " HTTP/1.1\r\nHost: a\r\n\r\n");
  };
  for (const char* const line :
       {"GET *", "GET a", "GET ?a", "GET http://", "GET http:///a", "GET http://user@a/",
        "GET http://a:b/", "GET http://[/", "GET http://a#b", "GET /a#b", "GET ftp://a/",
        "GET //a b/", "OPTIONS *?a", "CONNECT a:80", "GET http:a"}) {
    EXPECT_EQ(status(line), 400) << line;
  }
  EXPECT_EQ(status("GET https://a/"), 421);
}

TEST(RequestParser, AcceptsAnHttpsTargetOnASecuredConnection) {
  RequestParser parser(nullptr, kMaxHeadBytes, Security::tls);
  const auto step = parser.parse("GET https://a.example/b HTTP/1.1\r\nHost: c\r\n\r\n");
  ASSERT_EQ(step.event, RequestParser::Event::head);
  EXPECT_EQ(parser.head().target, "/b");
  EXPECT_EQ(parser.head().fields, "Host: a.example\r\n");
}

TEST(RequestParser, RejectsInvalidHosts) {
  const auto status = [](const std::string& host, const char* target = "/", int minor = 1) {
    return status_of("GET " + std::string(target) + " HTTP/1." + std::to_string(minor) +
                     "\r\nHost: " + host + "\r\n\r\n");
  };
  for (const char* const host : {"", "[", "a:b:c", ":80", "localhost:99999", "256.256.256.256",
                                 "user@h", "h/path", "h, other", "a%zz"}) {
    EXPECT_EQ(status(host), 400) << host;
    EXPECT_EQ(status(host, "http://a/"), 400) << host;
    EXPECT_EQ(status(host, "/", 0), 400) << host;
  }
  EXPECT_EQ(status("localhost:3000"), 0);
}

TEST(RequestParser, RejectsARequestLineAtItsFirstInvalidByte) {
  for (const char* const input :
       {"GET / \r\n", "GET /\r\n", "\x16\x03\x01", "GET /\tHTTP", "G\xc3", "GET / HTTP/1.1\n",
        "GET / HTTP/1.1\rX", "GET / HTTP/1.1\r\nHost: a\r\n\n", "GET / HTTP/1.1\r\nHost: a\n"}) {
    EXPECT_EQ(status_of(input), 400) << testing::PrintToString(input);
    EXPECT_EQ(read_all(input, 1).refused, 400) << testing::PrintToString(input);
  }
  for (const char* const input : {"G", "GET / HTTP/1.1", "GET / HTTP/1.1\r"}) {
    EXPECT_EQ(read_all(input, 1).refused, 0) << testing::PrintToString(input);
  }
}

TEST(RequestParser, ParsesChunkLinesByTheGrammar) {
  const auto status = [](const std::string& body) {
    const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    const Outcome whole = read_all(head + body, head.size() + body.size());
    EXPECT_EQ(read_all(head + body, 1), whole) << testing::PrintToString(body);
    if (whole.refused == 0) {
      EXPECT_THAT(whole.requests, testing::ElementsAre("POST / hello"))
          << testing::PrintToString(body);
    }
    return whole.refused;
  };
  const std::string rest = "\r\nhello\r\n0\r\n\r\n";
  for (const char* const line :
       {"5", "05", "5;a", "5;a=b", "5 ; a = b", "5;a=\"x;\\\"y\";b", "0000000000000005"}) {
    EXPECT_EQ(status(line + rest), 0) << line;
  }
  for (const char* const line : {"",
                                 "5 ",
                                 " 5",
                                 "5;",
                                 "5; ",
                                 "5;=b",
                                 "5;a=",
                                 "5;a[=x",
                                 "5;a=\"b",
                                 "5;a b",
                                 "0x5",
                                 "+5",
                                 "-5",
                                 "5_0",
                                 "5\t",
                                 "5;a\rb",
                                 "5;a\nb",
                                 "5\n",
                                 "00000000000000005",
                                 "fffffffffffffffff"}) {
    EXPECT_EQ(status(line + rest), 400) << testing::PrintToString(line);
  }
  EXPECT_EQ(status(std::string("5;a\0b", 5) + rest), 400);
  EXPECT_EQ(status("5\r\nhello0\r\n\r\n"), 400);
  EXPECT_EQ(status("5\r\nhello\n0\r\n\r\n"), 400);
  EXPECT_EQ(status("5\r\nhello\r\n0\r\nA: b\r\nC: d\r\n\r\n"), 0);
  for (const char* const trailer : {"\n", "A: b\n\r\n", "A : b\r\n\r\n", "A\r\n\r\n",
                                    " A: b\r\n\r\n", "A: b\r\n c\r\n\r\n", "\r\r\n"}) {
    EXPECT_EQ(status(std::string("5\r\nhello\r\n0\r\n") + trailer), 400)
        << testing::PrintToString(trailer);
  }
}

TEST(RequestParser, RecognisesExpectAndUpgrade) {
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

TEST(RequestParser, RejectsAmbiguousBodies) {
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
      {post + "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 501},
      {post + "Transfer-Encoding: identity\r\n\r\n", 400},
      {post + "Transfer-Encoding: gzip\r\n\r\n", 400},
      {post + "Transfer-Encoding:\r\n\r\n", 400},
      {post + "Transfer-Encoding: , chunked\r\n\r\n0\r\n\r\n", 400},
      {post + "Transfer-Encoding: chunked,\r\n\r\n0\r\n\r\n", 400},
      {post + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", 400},
      {post + "Transfer-Encoding: chunked;a=b\r\n\r\n0\r\n\r\n", 400},
      {post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 400},
      {post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n", 400},
      {post + "Transfer-Encoding:\r\nContent-Length: 1\r\n\r\na", 400},
      {post + "Transfer-Encoding: xchunked\r\nContent-Length: 1\r\n\r\na", 400},
      {post + "Content-Length:\r\n\r\n", 400},
      {post + "Content-Length: -0\r\n\r\n", 400},
      {post + "Content-Length: 1 0\r\n\r\n", 400},
      {post + "Content-Length: 1_0\r\n\r\n", 400},
      {post + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", 400},
      {post + "Transfer-Encoding: chunked\r\n\r\nxyz\r\nabc", 400},
      {post + "Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n", 400},
      {post + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffffff\r\n", 400},
      {"POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
  };
  for (const auto& [input, status] : cases) {
    EXPECT_EQ(status_of(input), status) << testing::PrintToString(input);
  }
}

TEST(RequestParser, RejectsAmbiguousHeads) {
  const std::vector<std::tuple<std::string, int>> cases = {
      {"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\nX:\r\n\tb\r\n\r\n", 400},
      {"GET / HTTP/1.1\nHost: a\n\n\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\nX: a\nY: b\r\n\r\n", 400},
      {std::string("GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n", 35), 400},
      {"GET /\xc3\xa4 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"FETCH / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"get / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"G@T / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
      {"GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505},
      {"GET / HTTP/0.9\r\nHost: a\r\n\r\n", 505},
      {"GET / FTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET / http/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET / HTTP/1\r\nHost: a\r\n\r\n", 400},
      {"GET / HTTP/01.01\r\nHost: a\r\n\r\n", 400},
      {"GET / HTTP/ 1.1\r\nHost: a\r\n\r\n", 400},
      {"GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400},
      {"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {" GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET / HTTP/1.1\rHost: a\r\n\r\n", 400},
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
