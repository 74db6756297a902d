// What floods of frames do to a session, with a client that sends nothing but bytes.
#include "http2/session.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "http2/test_frames.hpp"

namespace millrace::http2 {
namespace {

class TestStream final : public Session::Stream {
 public:
  explicit TestStream(std::size_t& open) : open_(open) { ++open_; }

  std::string body;
  bool request_ended = false;
  std::string response;

 private:
  void on_body(std::string_view bytes) override { body += bytes; }
  void on_body_end() override { request_ended = true; }
  [[nodiscard]] std::string_view ready() const override {
    return std::string_view(response).substr(taken_);
  }
  [[nodiscard]] bool ended() const override { return true; }
  void take(std::size_t count) override { taken_ += count; }
  void on_closed(ErrorCode /*code*/) override { --open_; }

  std::size_t& open_;
  std::size_t taken_ = 0;
};

class SessionTest : public testing::Test, private Session::Observer {
 protected:
  static constexpr std::uint8_t kRstStream = 3;
  static constexpr std::uint8_t kGoAway = 7;

  SessionTest() {
    receive(hello());
    static_cast<void>(sent());
    receive(frame(4, 1, 0, ""));
  }

  void receive(std::string_view bytes) { session_.receive(bytes, 0); }

  [[nodiscard]] std::string sent() {
    std::string bytes;
    session_.send(bytes, SIZE_MAX);
    return bytes;
  }

  /// Returns the error code of the first frame of that type, or -1.
  static std::int64_t code_in(std::string_view bytes, std::uint8_t type, std::size_t at) {
    while (bytes.size() >= 9) {
      const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
      const std::size_t length = std::size_t{byte(0)} << 16U | byte(1) << 8U | byte(2);
      if (byte(3) == type) return byte(9 + at + 3);
      bytes.remove_prefix(9 + length);
    }
    return -1;
  }

  /// The client is rejected for this flood, told so once, and nothing of it stays open.
  void expect_rejected(Flood flood) {
    EXPECT_EQ(session_.flood(), flood);
    EXPECT_EQ(code_in(last_ + sent(), kGoAway, 4),
              static_cast<std::int64_t>(ErrorCode::enhance_your_calm));
    EXPECT_TRUE(session_.is_over());
    const std::size_t before = requests_;
    receive(frame(1, 5, 100001, request_block()));
    EXPECT_EQ(requests_, before);
    EXPECT_TRUE(sent().empty());
  }

  /// Sends `bytes(stream)` until the session is over; returns how often.
  template <typename Bytes>
  int repeat(const Bytes& bytes, int most = 5000) {
    int count = 0;
    last_.clear();
    for (; count < most && session_.flood() == Flood::none; ++count) {
      receive(bytes(1 + 2 * count));
      if (session_.flood() == Flood::none) last_ = sent();
    }
    return count;
  }

  /// What repeat() got last.
  std::string last_;
  std::size_t open_ = 0;
  std::size_t requests_ = 0;
  std::size_t malformed_ = 0;
  std::uint16_t refused_ = 0;
  std::size_t refused_body_ = 0;
  std::string response_ = "hello";
  bool responds_ = true;
  std::map<StreamId, std::unique_ptr<TestStream>> streams_;
  Session session_{static_cast<Session::Observer&>(*this), {}};

 private:
  Session::Stream* on_request(StreamId id, const http::RequestHead& /*head*/) override {
    ++requests_;
    id_ = id;
    auto made = std::make_unique<TestStream>(open_);
    made->response = response_;
    return (streams_[id] = std::move(made)).get();
  }
  void on_request_ready(Session::Stream& /*stream*/) override {
    if (responds_) session_.respond(id_, "HTTP/1.1 200 OK\r\n\r\n", true);
  }
  void on_refused(const http::ParseFailure& failure, std::size_t size) override {
    refused_ = failure.status;
    refused_body_ = size;
  }
  [[nodiscard]] std::string_view date() const override { return "today"; }
  void on_malformed() override { ++malformed_; }

  StreamId id_ = 0;
};

TEST_F(SessionTest, RejectsRapidReset) {
  responds_ = false;
  const int count = repeat(
      [](StreamId id) { return frame(1, 5, id, request_block()) + frame(3, 0, id, number(8)); });
  EXPECT_GT(count, 100);
  EXPECT_LT(count, 400);
  // That of the last reset, which the session does not look at any more.
  EXPECT_LE(open_, 1U);
  expect_rejected(Flood::resets);
}

TEST_F(SessionTest, RejectsAClientThatMakesTheServerReset) {
  // The requests are valid; errors on their streams make the server reset them.
  responds_ = false;
  const int count = repeat([](StreamId id) {
    return frame(1, 5, id, request_block()) + frame(8, 0, id, number(0x7FFFFFFF));
  });
  EXPECT_GT(count, 100);
  EXPECT_LT(count, 400);
  expect_rejected(Flood::resets);
}

TEST_F(SessionTest, RejectsAFloodOfMalformedRequests) {
  const int count = repeat(
      [](StreamId id) { return frame(1, 5, id, request_block() + literal("upgrade", "h2c")); });
  EXPECT_LT(count, 400);
  expect_rejected(Flood::resets);
}

TEST_F(SessionTest, RejectsAHeaderBlockWithoutAnEnd) {
  receive(frame(1, 1, 1, request_block()));
  repeat([](StreamId /*id*/) { return frame(9, 0, 1, literal("x-a", "b")); }, 100);
  expect_rejected(Flood::header_block);
}

TEST_F(SessionTest, RejectsAHeaderBlockThatExpands) {
  // One long field in the dynamic table, and references to it: a byte each.
  std::string entry("\x40\x03x-a", 5);
  entry += std::string("\x7f\xa1\x0f", 3) + std::string(2080, 'b');
  receive(frame(1, 5, 1, request_block() + entry + std::string(10'000, '\xbe')));
  expect_rejected(Flood::header_block);
}

TEST_F(SessionTest, RejectsTrailerFieldsThatExpand) {
  responds_ = false;
  receive(frame(1, 4, 1, request_block("POST")));
  std::string entry("\x40\x03x-a", 5);
  entry += std::string("\x7f\xa1\x0f", 3) + std::string(2080, 'b');
  receive(frame(1, 5, 1, entry + std::string(10'000, '\xbe')));
  expect_rejected(Flood::header_block);
}

TEST_F(SessionTest, RejectsFloodsOfFramesThatCostNothing) {
  const int count = repeat([](StreamId /*id*/) { return frame(6, 0, 0, "12345678"); });
  EXPECT_GT(count, 400);
  EXPECT_LT(count, 600);
  expect_rejected(Flood::control);
}

TEST_F(SessionTest, RejectsAFloodOfSettings) {
  repeat([](StreamId /*id*/) { return frame(4, 0, 0, std::string("\0\4\0\0\xff\xff", 6)); });
  expect_rejected(Flood::control);
}

TEST_F(SessionTest, RejectsAFloodOfEmptyData) {
  responds_ = false;
  receive(frame(1, 4, 1, request_block("POST")));
  const int count = repeat([](StreamId /*id*/) { return frame(0, 0, 1, ""); });
  EXPECT_LT(count, 200);
  expect_rejected(Flood::empties);
}

TEST_F(SessionTest, RejectsAFloodOfPadding) {
  responds_ = false;
  receive(frame(1, 4, 1, request_block("POST")));
  const int count =
      repeat([](StreamId /*id*/) { return frame(0, 8, 1, std::string("\3\0\0\0", 4)); });
  EXPECT_LT(count, 200);
  expect_rejected(Flood::empties);
}

TEST_F(SessionTest, RejectsAFloodOfTinyWindowUpdates) {
  response_ = std::string(100'000, 'r');
  receive(frame(4, 0, 0, std::string("\0\4\0\0\0\0", 6)));
  receive(frame(1, 5, 1, request_block()));
  static_cast<void>(sent());
  // Each lets one byte pass.
  const int count = repeat([](StreamId /*id*/) { return frame(8, 0, 1, number(1)); });
  EXPECT_GT(count, 1000);
  EXPECT_LT(count, 3000);
  expect_rejected(Flood::updates);
}

TEST_F(SessionTest, LetsAClientUpdateWindowsForWhatItReads) {
  response_ = std::string(1'500'000, 'r');
  receive(frame(1, 5, 1, request_block()));
  std::size_t got = 0;
  for (int i = 0; i < 1000 && session_.flood() == Flood::none; ++i) {
    got += sent().size();
    for (int part = 0; part < 2; ++part) {
      receive(frame(8, 0, 1, number(1024)) + frame(8, 0, 0, number(1024)));
    }
  }
  EXPECT_EQ(session_.flood(), Flood::none);
  EXPECT_GT(got, 1'500'000U);
}

TEST_F(SessionTest, RespondsToWhatItRefuses) {
  receive(frame(1, 5, 1, request_block("BREW")));
  EXPECT_EQ(refused_, 400);
  EXPECT_GT(refused_body_, 0U);
  // A response of HEADERS and DATA.
  EXPECT_NE(sent().find("Bad Request"), std::string::npos);
  receive(frame(1, 5, 3, request_block("HEAD") + literal("expect", "tea")));
  EXPECT_EQ(refused_, 417);
  EXPECT_EQ(refused_body_, 0U);
  const std::string response = sent();
  ASSERT_GT(response.size(), 9U);
  // HEADERS with END_STREAM and END_HEADERS, and no more.
  EXPECT_EQ(response[3], 1);
  EXPECT_EQ(response[4], 5);
  EXPECT_EQ(std::size_t{9} + static_cast<unsigned char>(response[2]), response.size());
  EXPECT_EQ(requests_, 0U);
}

TEST_F(SessionTest, BoundsTheBodyThatWaits) {
  responds_ = false;
  receive(frame(1, 4, 1, request_block("POST")));
  const std::string piece = frame(0, 0, 1, std::string(16384, 'b'));
  for (int i = 0; i < 16; ++i) receive(piece);
  EXPECT_EQ(streams_[1]->body.size(), 256U * 1024);
  EXPECT_TRUE(sent().empty());
  session_.consume(1, 256UL * 1024);
  EXPECT_FALSE(sent().empty());
  for (int i = 0; i < 17; ++i) receive(piece);
  EXPECT_EQ(code_in(sent(), kRstStream, 0), 3);
}

TEST_F(SessionTest, WarnsBeforeItGoesAway) {
  responds_ = false;
  session_.go_away();
  EXPECT_EQ(code_in(sent(), kGoAway, 4), 0);
  receive(frame(1, 5, 1, request_block()));
  EXPECT_EQ(requests_, 1U);
  session_.go_away();
  EXPECT_EQ(code_in(sent(), kGoAway, 4), 0);
  EXPECT_FALSE(session_.is_over());
  receive(frame(1, 5, 3, request_block()));
  EXPECT_EQ(requests_, 1U);
  session_.respond(1, "HTTP/1.1 200 OK\r\n\r\n", true);
  EXPECT_FALSE(sent().empty());
  EXPECT_EQ(open_, 0U);
  EXPECT_TRUE(session_.is_over());
}

TEST_F(SessionTest, SendsUrgentResponsesFirst) {
  responds_ = false;
  receive(frame(1, 5, 1, request_block() + literal("priority", "u=6")));
  receive(frame(1, 5, 3, request_block() + literal("priority", "u=1")));
  streams_[1]->response = streams_[3]->response = std::string(1000, 'r');
  session_.respond(1, "HTTP/1.1 200 OK\r\n\r\n", true);
  session_.respond(3, "HTTP/1.1 200 OK\r\n\r\n", true);
  std::vector<StreamId> order;
  const std::string all = sent();
  std::string_view rest = all;
  while (rest.size() >= 9) {
    const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(rest[i]); };
    if (byte(3) == 0) order.push_back(byte(8));
    rest.remove_prefix(std::size_t{9} + (byte(1) << 8U | byte(2)));
  }
  EXPECT_EQ(order, (std::vector<StreamId>{3, 1}));
}

}  // namespace
}  // namespace millrace::http2
