#include "gateway/compressing_transport.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <vector>

#include "http/test_decoding.hpp"

namespace millrace::gateway {
namespace {

constexpr std::string_view kJson = "Content-Type: application/json\r\n";
constexpr std::string_view kTakesGzip = "Accept-Encoding: gzip\r\n";
constexpr std::string_view kTakesAll = "Accept-Encoding: gzip, deflate, br, zstd\r\n";

const CompressionOptions kAsNext;

/// Prefers one coding.
CompressionOptions preferring(http::Coding coding) {
  CompressionOptions options;
  options.order = {coding, http::Coding::gzip};
  return options;
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
    const http::DecodedBody all = http::decoded(coding, body);
    EXPECT_EQ(all.complete, ended);
    return all.text;
  }

  http::Coding coding = http::Coding::gzip;
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
  explicit Response(CompressionQueue& queue, std::string_view method = "GET",
                    const CompressionOptions* options = &kAsNext,
                    std::string_view fields = kTakesGzip) {
    head_.method = method;
    head_.fields = fields;
    transport.emplace(client, head_, queue, memory, *this);
    transport->set_options(options);
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
  CompressionQueue threaded_{loop_, 2};
  std::size_t turns_ = 0;
};

constexpr std::size_t kLongBody = std::size_t{5} * 1024 * 1024;

TEST_F(CompressingTransportTest, ALongBodyTakesSeveralTurns) {
  Response response(queue_);
  const std::string body = http::compressible_text(kLongBody);
  response.send(body);
  EXPECT_EQ(response.client.body.size(), 0U);
  EXPECT_GE(response.transport->unsent(), kLongBody);
  count_turns([&] { return response.client.ended; });
  loop_.run();
  EXPECT_GE(turns_, kLongBody / CompressionQueue::kTurn - 1);
  EXPECT_FALSE(response.client.whole);
  EXPECT_TRUE(response.client.text() == body);
  EXPECT_EQ(response.compressed, 0);
}

TEST_F(CompressingTransportTest, ManyShortBodiesTakeSeveralTurns) {
  std::vector<std::unique_ptr<Response>> responses;
  const std::string body = http::compressible_text(8192);
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
  const std::string body = http::compressible_text(kLongBody / 5);
  for (int i = 0; i < 4; ++i) {
    long_ones.push_back(std::make_unique<Response>(queue_));
    long_ones.back()->send(body);
  }
  Response now(queue_);
  now.send(http::compressible_text(4096));
  EXPECT_TRUE(now.client.ended);
  Response soon(queue_);
  soon.send(http::compressible_text(CompressionQueue::kPiece));
  Response later(queue_);
  later.send(http::compressible_text(CompressionQueue::kPiece));
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
    const std::string piece = http::compressible_text(size);
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
  const std::string body = http::compressible_text(kLongBody / 5);
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
    response.send(http::compressible_text(kLongBody / 5));
    other.send(http::compressible_text(300'000));
    if (after == 0) response.transport.reset();
    count_turns([&] {
      leave();
      return other.client.ended;
    });
    loop_.run();
    EXPECT_FALSE(response.client.ended);
    EXPECT_TRUE(other.client.text() == http::compressible_text(300'000));
  }
}

TEST_F(CompressingTransportTest, CanBeDestroyedByOnCompressed) {
  Response response(queue_);
  response.on_room = [&] { response.transport.reset(); };
  response.begin(http::compressible_text(200'000));
  loop_.run();
  EXPECT_EQ(response.compressed, 1);
  EXPECT_FALSE(response.transport.has_value());
}

TEST_F(CompressingTransportTest, CanBeCutWhileABodyWaits) {
  Response response(queue_);
  response.begin(http::compressible_text(200'000));
  response.transport->cut();
  EXPECT_TRUE(response.client.was_cut);
  response.transport.reset();
  loop_.run();
  EXPECT_FALSE(response.client.ended);
}

TEST_F(CompressingTransportTest, CountsWaitingBytesUntilTheyAreSent) {
  Response response(queue_);
  response.begin(http::compressible_text(200'000));
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
  const std::string body = http::compressible_text(20'000);
  response.send(body);
  EXPECT_TRUE(response.client.body == body);
  EXPECT_EQ(response.client.fields.find("Content-Encoding"), std::string::npos);
}

TEST_F(CompressingTransportTest, LeavesUncompressedResponsesUnchanged) {
  Response head(queue_, "HEAD");
  head.transport->send_head({.status = 200, .reason = {}, .fields = kJson}, kLongBody);
  EXPECT_EQ(head.client.declared, kLongBody);
  Response unchanged(queue_);
  unchanged.transport->send_response({.status = 304, .reason = {}, .fields = kJson}, {}, true);
  EXPECT_TRUE(unchanged.client.whole);
  Response plain(queue_);
  const std::string body = http::compressible_text(kLongBody / 5);
  plain.transport->send_response(
      {.status = 200, .reason = {}, .fields = "Content-Type: image/png\r\n"}, body, true);
  EXPECT_TRUE(plain.client.body == body);
  for (const Response* response : {&head, &unchanged, &plain}) {
    EXPECT_EQ(response->client.fields.find("Content-Encoding"), std::string::npos);
  }
}

TEST_F(CompressingTransportTest, LongBodiesAreCompressedByThreads) {
  std::vector<std::unique_ptr<Response>> responses;
  const std::string body = http::compressible_text(kLongBody / 5);
  for (int i = 0; i < 4; ++i) {
    responses.push_back(std::make_unique<Response>(threaded_));
    responses.back()->send(body);
  }
  Response shorter(threaded_);
  shorter.send(http::compressible_text(CompressionQueue::kAtOnce * 2));
  Response now(threaded_);
  now.send(http::compressible_text(CompressionQueue::kAtOnce));
  EXPECT_TRUE(now.client.ended);
  EXPECT_FALSE(shorter.client.ended);
  loop_.run();
  EXPECT_TRUE(shorter.client.whole);
  EXPECT_TRUE(shorter.client.text() == http::compressible_text(CompressionQueue::kAtOnce * 2));
  for (const auto& response : responses) {
    EXPECT_TRUE(response->client.text() == body);
    EXPECT_EQ(response->memory->used(), 0U);
  }
}

TEST_F(CompressingTransportTest, BytesThatComeDuringThePieceOfAThreadFollowIt) {
  for (const http::Coding coding : {http::Coding::gzip, http::Coding::zstd, http::Coding::br}) {
    const CompressionOptions options = preferring(coding);
    Response response(threaded_, "GET", &options, kTakesAll);
    response.client.coding = coding;
    const std::string body = http::compressible_text(60'000);
    response.begin(body.substr(0, 50'000));
    loop_.post([&] {
      // A thread has the first piece.
      EXPECT_GE(response.transport->unsent(), 50'000U);
      EXPECT_GE(response.memory->used(), 50'000U);
      response.transport->send_body(body.substr(50'000), false);
      response.transport->send_body({}, true);
    });
    loop_.run();
    EXPECT_TRUE(response.client.text() == body);
    EXPECT_FALSE(response.transport.has_value());
  }
}

TEST_F(CompressingTransportTest, TheEndMayComeDuringTheLastPieceOfAThread) {
  Response response(threaded_);
  const std::string body = http::compressible_text(50'000);
  response.begin(body);
  loop_.post([&] { response.transport->send_body({}, true); });
  loop_.run();
  EXPECT_TRUE(response.client.ended);
  EXPECT_TRUE(response.client.text() == body);
}

TEST_F(CompressingTransportTest, CanBeDestroyedWhileAThreadHasAPiece) {
  Response response(threaded_);
  Response other(threaded_);
  response.begin(http::compressible_text(200'000));
  other.send(http::compressible_text(300'000));
  loop_.post([&] { response.transport.reset(); });
  loop_.run();
  EXPECT_FALSE(response.client.ended);
  EXPECT_TRUE(other.client.text() == http::compressible_text(300'000));
  EXPECT_EQ(response.memory->used(), 0U);
}

TEST_F(CompressingTransportTest, SendsOtherCodingsWhereOptionsNameThem) {
  for (const http::Coding coding : {http::Coding::zstd, http::Coding::br, http::Coding::deflate}) {
    SCOPED_TRACE(http::to_string(coding));
    const CompressionOptions options = preferring(coding);
    Response response(queue_, "GET", &options, kTakesAll);
    response.client.coding = coding;
    const std::string body = http::compressible_text(300'000);
    response.begin(body.substr(0, 1));
    response.transport->send_body(body.substr(1), true);
    loop_.run();
    EXPECT_NE(response.client.fields.find(
                  "Content-Encoding: " + std::string(http::to_string(coding)) + "\r\n"),
              std::string::npos);
    EXPECT_TRUE(response.client.text() == body);
  }
}

TEST_F(CompressingTransportTest, CountsStateThatIsLarge) {
  const CompressionOptions options = preferring(http::Coding::br);
  Response response(queue_, "GET", &options, kTakesAll);
  response.client.coding = http::Coding::br;
  response.begin(http::compressible_text(1000));
  EXPECT_GT(response.memory->used(), 300'000U);
  EXPECT_LE(response.memory->used(), 2048U * 1024U);
  response.transport.reset();
  EXPECT_EQ(response.memory->used(), 0U);
}

TEST_F(CompressingTransportTest, PrefersGzipWhenAQuarterOfMemoryIsUsed) {
  const CompressionOptions options = preferring(http::Coding::br);
  Response response(queue_, "GET", &options, kTakesAll);
  base::MemoryBudget::Share others(response.memory);
  others.set(response.memory->limit() * 3 / 8);
  const std::string body = http::compressible_text(20'000);
  response.send(body);
  EXPECT_TRUE(response.client.text() == body);
}

TEST_F(CompressingTransportTest, EventStreamsCanBeDecodedAtOnceInEveryCoding) {
  for (const http::Coding coding : {http::Coding::gzip, http::Coding::zstd}) {
    const CompressionOptions options = preferring(coding);
    Response response(queue_, "GET", &options, kTakesAll);
    response.client.coding = coding;
    response.transport->send_response(
        {.status = 200, .reason = {}, .fields = "Content-Type: text/event-stream\r\n"}, {}, false);
    response.transport->send_body("data: 1\n\n", false);
    EXPECT_EQ(response.client.text(), "data: 1\n\n");
    response.transport->send_body("data: 2\n\n", true);
    EXPECT_EQ(response.client.text(), "data: 1\n\ndata: 2\n\n");
  }
}

}  // namespace
}  // namespace millrace::gateway
