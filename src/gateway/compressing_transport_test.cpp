#include "gateway/compressing_transport.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

#include <array>
#include <functional>
#include <memory>
#include <vector>

namespace millrace::gateway {
namespace {

constexpr std::string_view kJson = "Content-Type: application/json\r\n";
constexpr std::string_view kTakesGzip = "Accept-Encoding: gzip\r\n";

/// Returns the decoded part of `bytes`, whether that is complete or not.
std::string inflated(std::string_view bytes, bool& complete) {
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 32), Z_OK);
  std::string input(bytes);
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  std::string out;
  std::array<char, 65536> piece{};
  int state = Z_OK;
  while (state == Z_OK) {
    stream.next_out = reinterpret_cast<Bytef*>(piece.data());
    stream.avail_out = piece.size();
    state = inflate(&stream, Z_SYNC_FLUSH);
    out.append(piece.data(), piece.size() - stream.avail_out);
    if (stream.avail_in == 0 && stream.avail_out > 0) break;
  }
  complete = state == Z_STREAM_END;
  inflateEnd(&stream);
  return out;
}

/// Returns a text that compresses, but not to almost nothing.
std::string text_of(std::size_t size) {
  std::string text;
  for (std::uint32_t seed = 1; text.size() < size; seed = seed * 1664525 + 1013904223) {
    text.append(R"({"id":)").append(std::to_string(seed)).append("},");
  }
  text.resize(size);
  return text;
}

/// Records what it receives.
class Client final : public Transport {
 public:
  void send_response(const http::ResponseHead& head, std::string_view body, bool end) override {
    fields = head.fields;
    whole = end;
    take(body, end);
  }
  void send_head(const http::ResponseHead& head, std::uint64_t length) override {
    fields = head.fields;
    declared = length;
  }
  void send_body(std::string_view bytes, bool end) override { take(bytes, end); }
  [[nodiscard]] std::size_t unsent() const override { return held; }
  void want_body() override {}
  void cut() override { was_cut = true; }

  /// Returns everything sent, decoded.
  [[nodiscard]] std::string text() {
    bool complete = false;
    std::string all = inflated(body, complete);
    EXPECT_EQ(complete, ended);
    return all;
  }

  std::string fields;
  std::string body;
  bool whole = false;
  bool ended = false;
  bool was_cut = false;
  std::uint64_t declared = 0;
  std::size_t held = 0;
  int pieces = 0;
  std::function<void()> on_end = [] {};
  std::function<void()> on_piece = [] {};

 private:
  void take(std::string_view bytes, bool end) {
    EXPECT_FALSE(ended);
    body.append(bytes);
    ended = end;
    ++pieces;
    on_piece();
    if (end) on_end();
  }
};

/// A client with its transport, as in an exchange.
class Response final : public CompressingTransport::Observer {
 public:
  explicit Response(CompressionQueue& queue, std::string_view method = "GET") {
    head_.method = method;
    head_.fields = kTakesGzip;
    transport.emplace(client, head_, queue, memory, *this);
    transport->enable();
    // As an exchange, it does not outlive its response.
    client.on_end = [this] { transport.reset(); };
  }

  void on_compressed() override {
    ++compressed;
    // Here an exchange would give credit or read more.
    on_room();
  }

  void send(std::string_view body) {
    transport->send_response({.status = 200, .reason = {}, .fields = kJson}, body, true);
  }
  void begin(std::string_view first = {}) {
    transport->send_response({.status = 200, .reason = {}, .fields = kJson}, first, false);
  }

  Client client;
  std::shared_ptr<base::MemoryBudget> memory =
      std::make_shared<base::MemoryBudget>(std::size_t{64} * 1024 * 1024);
  std::optional<CompressingTransport> transport;
  int compressed = 0;
  std::function<void()> on_room = [] {};

 private:
  http::RequestHead head_;
};

class CompressingTransportTest : public testing::Test {
 protected:
  /// Counts the turns of the loop from now on.
  void count_turns(const std::function<bool()>& until) {
    loop_.post([this, until] {
      ++turns_;
      if (!until()) count_turns(until);
    });
  }

  net::EventLoop loop_;
  CompressionQueue queue_{loop_};
  std::size_t turns_ = 0;
};

constexpr std::size_t kLong = std::size_t{5} * 1024 * 1024;

TEST_F(CompressingTransportTest, ALongBodyTakesSeveralTurns) {
  Response response(queue_);
  const std::string body = text_of(kLong);
  response.send(body);
  EXPECT_EQ(response.client.body.size(), 0U);
  EXPECT_GE(response.transport->unsent(), kLong);
  count_turns([&] { return response.client.ended; });
  loop_.run();
  EXPECT_GE(turns_, kLong / CompressionQueue::kTurn - 1);
  EXPECT_FALSE(response.client.whole);
  EXPECT_TRUE(response.client.text() == body);
  EXPECT_EQ(response.compressed, 0);
}

TEST_F(CompressingTransportTest, ManyShortBodiesTakeSeveralTurns) {
  std::vector<std::unique_ptr<Response>> responses;
  const std::string body = text_of(8192);
  constexpr std::size_t kMany = 200;
  for (std::size_t i = 0; i < kMany; ++i) {
    responses.push_back(std::make_unique<Response>(queue_));
    responses.back()->send(body);
  }
  const auto ended = [&] {
    std::size_t count = 0;
    for (const auto& response : responses) count += response->client.ended ? 1 : 0;
    return count;
  };
  EXPECT_EQ(ended(), CompressionQueue::kTurn / body.size());
  count_turns([&] { return ended() == kMany; });
  loop_.run();
  EXPECT_GE(turns_, kMany * body.size() / CompressionQueue::kTurn - 1);
  for (const auto& response : responses) {
    // The length is known however long the body waited.
    EXPECT_TRUE(response->client.whole);
    EXPECT_TRUE(response->client.text() == body);
  }
}

TEST_F(CompressingTransportTest, AShortBodyDoesNotWaitForLongOnes) {
  std::vector<std::unique_ptr<Response>> long_ones;
  const std::string body = text_of(kLong / 5);
  for (int i = 0; i < 4; ++i) {
    long_ones.push_back(std::make_unique<Response>(queue_));
    long_ones.back()->send(body);
  }
  Response now(queue_);
  now.send(text_of(4096));
  EXPECT_TRUE(now.client.ended);
  Response soon(queue_);
  soon.send(text_of(CompressionQueue::kPiece));
  Response later(queue_);
  later.send(text_of(CompressionQueue::kPiece));
  EXPECT_FALSE(later.client.ended);
  count_turns([&] { return later.client.ended; });
  loop_.post([] {});
  loop_.run();
  EXPECT_LE(turns_, 8U);
  for (const auto& one : long_ones) EXPECT_TRUE(one->client.text() == body);
}

TEST_F(CompressingTransportTest, StreamedPiecesKeepTheirOrderAndCountAsUnsent) {
  Response response(queue_);
  std::string all;
  const auto send = [&](std::size_t size, bool end) {
    const std::string piece = text_of(size);
    all += piece;
    response.transport->send_body(piece, end);
  };
  response.begin();
  int rounds = 0;
  response.on_room = [&] {
    EXPECT_EQ(response.transport->unsent(), 0U);
    EXPECT_TRUE(response.client.text() == all);
    const bool last = ++rounds == 3;
    send(100, false);
    for (const std::size_t size : {200'000, 10, 65'536, 1, 65'537}) send(size, false);
    EXPECT_GT(response.transport->unsent(), 0U);
    if (last) send(0, true);
  };
  loop_.post([&] { response.on_room(); });
  loop_.run();
  EXPECT_EQ(rounds, 3);
  EXPECT_EQ(response.compressed, 2);
  EXPECT_TRUE(response.client.ended);
  EXPECT_TRUE(response.client.text() == all);
}

TEST_F(CompressingTransportTest, AClientThatReadsNothingHasAtMostOnePieceWaiting) {
  Response response(queue_);
  const std::string body = text_of(kLong / 5);
  response.client.on_piece = [&] { response.client.held = response.client.pieces > 1 ? 1 : 0; };
  response.send(body);
  int taken = 0;
  while (!response.client.ended) {
    loop_.run();
    // The head, and one piece each time.
    EXPECT_EQ(response.client.pieces, 2 + taken++);
    response.client.held = 0;
    EXPECT_EQ(response.transport && response.transport->send_more(), !response.client.ended);
  }
  EXPECT_GE(taken, static_cast<int>(body.size() / CompressionQueue::kPiece));
  EXPECT_TRUE(response.client.text() == body);
}

TEST_F(CompressingTransportTest, CanBeDestroyedWithinABody) {
  for (const int after : {0, 1, 3}) {
    Response response(queue_);
    Response other(queue_);
    const auto leave = [&] {
      if (response.client.pieces == after + 1) response.transport.reset();
    };
    response.send(text_of(kLong / 5));
    other.send(text_of(300'000));
    if (after == 0) response.transport.reset();
    count_turns([&] {
      leave();
      return other.client.ended;
    });
    loop_.run();
    EXPECT_FALSE(response.client.ended);
    EXPECT_TRUE(other.client.text() == text_of(300'000));
  }
}

TEST_F(CompressingTransportTest, CanBeDestroyedByOnCompressed) {
  Response response(queue_);
  response.on_room = [&] { response.transport.reset(); };
  response.begin(text_of(200'000));
  loop_.run();
  EXPECT_EQ(response.compressed, 1);
  EXPECT_FALSE(response.transport.has_value());
}

TEST_F(CompressingTransportTest, CanBeCutWhileABodyWaits) {
  Response response(queue_);
  response.begin(text_of(200'000));
  response.transport->cut();
  EXPECT_TRUE(response.client.was_cut);
  response.transport.reset();
  loop_.run();
  EXPECT_FALSE(response.client.ended);
}

TEST_F(CompressingTransportTest, CountsWaitingBytesUntilTheyAreSent) {
  Response response(queue_);
  response.begin(text_of(200'000));
  EXPECT_GE(response.memory->used(), 200'000U);
  EXPECT_EQ(response.transport->held_bytes(), 200'000U);
  loop_.run();
  EXPECT_EQ(response.transport->held_bytes(), 0U);
  EXPECT_EQ(response.memory->used(), 0U);
}

TEST_F(CompressingTransportTest, SendsResponsesUncompressedWhenMemoryIsShort) {
  Response response(queue_);
  base::MemoryBudget::Share others(response.memory);
  others.set(response.memory->limit() * 3 / 4);
  const std::string body = text_of(20'000);
  response.send(body);
  EXPECT_TRUE(response.client.body == body);
  EXPECT_EQ(response.client.fields.find("Content-Encoding"), std::string::npos);
}

TEST_F(CompressingTransportTest, LeavesUncompressedResponsesUnchanged) {
  Response head(queue_, "HEAD");
  head.transport->send_head({.status = 200, .reason = {}, .fields = kJson}, kLong);
  EXPECT_EQ(head.client.declared, kLong);
  Response unchanged(queue_);
  unchanged.transport->send_response({.status = 304, .reason = {}, .fields = kJson}, {}, true);
  EXPECT_TRUE(unchanged.client.whole);
  Response plain(queue_);
  const std::string body = text_of(kLong / 5);
  plain.transport->send_response(
      {.status = 200, .reason = {}, .fields = "Content-Type: image/png\r\n"}, body, true);
  EXPECT_TRUE(plain.client.body == body);
  for (const Response* response : {&head, &unchanged, &plain}) {
    EXPECT_EQ(response->client.fields.find("Content-Encoding"), std::string::npos);
  }
}

TEST_F(CompressingTransportTest, EventStreamsCanBeDecodedAtOnce) {
  Response response(queue_);
  response.transport->send_response(
      {.status = 200, .reason = {}, .fields = "Content-Type: text/event-stream\r\n"}, {}, false);
  response.transport->send_body("data: 1\n\n", false);
  EXPECT_EQ(response.client.text(), "data: 1\n\n");
  response.transport->send_body("data: 2\n\n", true);
  EXPECT_EQ(response.client.text(), "data: 1\n\ndata: 2\n\n");
}

}  // namespace
}  // namespace millrace::gateway
