#include "http/response_writer.hpp"

#include <gtest/gtest.h>

#include <string>

namespace millrace::http {
namespace {

constexpr std::string_view kDate = "Sun, 06 Nov 1994 08:49:37 GMT";

struct Written {
  std::string text;
  WrittenHead head;
};

Written write(const ResponseHead& head, const ResponseContext& context,
              std::optional<std::uint64_t> length) {
  Written written;
  written.head = write_response_head(written.text, head, context, length, kDate, 75);
  return written;
}

TEST(ResponseWriter, WritesTheHeadOfACompleteResponse) {
  const Written written =
      write({.status = 200, .reason = {}, .fields = "Content-Type: text/plain\r\n"}, {}, 5);
  EXPECT_EQ(written.text,
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n"
            "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nConnection: keep-alive\r\n"
            "Keep-Alive: timeout=75\r\n\r\n");
  EXPECT_EQ(written.head.framing, Framing::length);
  EXPECT_EQ(written.head.declared_length, 5U);
  EXPECT_TRUE(written.head.keep_alive);
}

TEST(ResponseWriter, RemovesConnectionFieldsOfTheHandler) {
  const Written written = write(
      {.status = 299,
       .reason = "Fine",
       .fields = "connection: close\r\nKeep-Alive: x\r\nA: 1\r\nTRANSFER-ENCODING: chunked\r\n"
                 "upgrade: h2c\r\ntrailer: x\r\nProxy-Connection: x\r\nDate: mine\r\n"},
      {.version = 11, .head_request = false, .keep_alive = false}, 0);
  EXPECT_EQ(written.text,
            "HTTP/1.1 299 Fine\r\nA: 1\r\nDate: mine\r\nContent-Length: 0\r\nConnection: "
            "close\r\n\r\n");
}

TEST(ResponseWriter, NamesTheProtocolThatIsRequired) {
  const ResponseHead required{
      .status = 426, .reason = {}, .fields = "upgrade: websocket\r\nA: b\r\n"};
  std::string output;
  write_response_head(output, required, {.version = 11, .head_request = false, .keep_alive = true},
                      0, "now", 5);
  EXPECT_EQ(output,
            "HTTP/1.1 426 Upgrade Required\r\nA: b\r\nContent-Length: 0\r\n"
            "Upgrade: websocket\r\nDate: now\r\nConnection: keep-alive, Upgrade\r\n"
            "Keep-Alive: timeout=5\r\n\r\n");
}

TEST(ResponseWriter, AHandlerMayCloseTheConnection) {
  const auto kept = [](std::string_view fields) {
    return write({.status = 200, .reason = {}, .fields = fields}, {}, 0).head.keep_alive;
  };
  EXPECT_TRUE(kept("Connection: keep-alive\r\n"));
  EXPECT_TRUE(kept("Connection: closed\r\n"));
  EXPECT_FALSE(kept("connection: Close\r\n"));
  EXPECT_FALSE(kept("Connection: x,  close \r\n"));
}

TEST(ResponseWriter, TheLengthOfTheBodyReplacesTheHandlersContentLength) {
  const Written written =
      write({.status = 200, .reason = {}, .fields = "Content-Length: 777\r\n"}, {}, 5);
  EXPECT_EQ(written.head.declared_length, 5U);
  EXPECT_EQ(written.text.find("777"), std::string::npos);
}

TEST(ResponseWriter, AStreamIsChunkedOrDeclared) {
  EXPECT_EQ(write({}, {}, std::nullopt).head.framing, Framing::chunked);
  const Written declared =
      write({.status = 200, .reason = {}, .fields = "content-length: 12\r\n"}, {}, std::nullopt);
  EXPECT_EQ(declared.head.framing, Framing::length);
  EXPECT_EQ(declared.head.declared_length, 12U);
  const Written nonsense =
      write({.status = 200, .reason = {}, .fields = "content-length: 1x\r\n"}, {}, std::nullopt);
  EXPECT_EQ(nonsense.head.framing, Framing::chunked);
  EXPECT_EQ(nonsense.text.find("1x"), std::string::npos);
}

TEST(ResponseWriter, AStreamToHttp10EndsWithTheConnection) {
  const Written written =
      write({}, {.version = 10, .head_request = false, .keep_alive = true}, std::nullopt);
  EXPECT_EQ(written.head.framing, Framing::until_close);
  EXPECT_FALSE(written.head.keep_alive);
  EXPECT_EQ(written.text.find("chunked"), std::string::npos);
}

TEST(ResponseWriter, HeadHasTheFieldsOfGet) {
  const ResponseContext head{.version = 11, .head_request = true, .keep_alive = true};
  const auto length_in = [](const std::string& text) {
    const std::size_t at = text.find("Content-Length: ");
    return at == std::string::npos ? std::string() : text.substr(at + 16, 2);
  };
  // The handler declares a length, sends a body anyway, or neither.
  EXPECT_EQ(
      length_in(
          write({.status = 200, .reason = {}, .fields = "Content-Length: 42\r\n"}, head, 0).text),
      "42");
  EXPECT_EQ(length_in(write({}, head, 17).text), "17");
  EXPECT_EQ(length_in(write({}, head, 0).text), "");
  EXPECT_EQ(write({}, head, 17).head.framing, Framing::none);
  EXPECT_EQ(write({}, head, std::nullopt).head.framing, Framing::none);
}

TEST(ResponseWriter, SomeStatusesHaveNoBody) {
  for (const std::uint16_t status : {204, 304}) {
    const Written written =
        write({.status = status, .reason = {}, .fields = "Content-Length: 3\r\n"}, {}, 3);
    EXPECT_EQ(written.head.framing, Framing::none);
    EXPECT_EQ(written.text.find("Content-Length"), std::string::npos);
    EXPECT_EQ(written.text.find("Transfer-Encoding"), std::string::npos);
  }
}

TEST(ResponseWriter, WritesChunks) {
  std::string output;
  append_chunk(output, std::string(26, 'x'));
  append_last_chunk(output);
  EXPECT_EQ(output, "1a\r\n" + std::string(26, 'x') + "\r\n0\r\n\r\n");
}

}  // namespace
}  // namespace millrace::http
