#include "gateway/compression_queue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gateway/testing/no_descriptors.hpp"

namespace millrace::gateway {
namespace {

constexpr std::size_t kPiece = CompressionQueue::kPiece;
constexpr std::size_t kTurn = CompressionQueue::kTurn;

/// Has a number of bytes to compress and records each piece.
class Body final : public CompressionQueue::Body {
 public:
  Body(CompressionQueue& queue, std::string& log, char name, std::size_t size)
      : queue_(queue), log_(log), name_(name), left_(size) {
    queue_.add(*this);
  }

  std::unique_ptr<CompressionPiece> take_piece(std::size_t most) override {
    const std::size_t size = std::min(left_, most);
    left_ -= size;
    log_ += name_;
    return std::make_unique<CompressionPiece>(CompressionPiece{
        .compressor = http::Compressor(http::Coding::zstd), .input = std::string(size, 'x')});
  }

  void on_piece(std::unique_ptr<CompressionPiece> piece) override {
    EXPECT_TRUE(piece->good);
    if (left_ > 0) queue_.add(*this);
    const auto then = after_piece;
    then();
  }

  std::function<void()> after_piece = [] {};

 private:
  CompressionQueue& queue_;
  std::string& log_;
  char name_;
  std::size_t left_;
};

class CompressionQueueTest : public testing::Test {
 protected:
  /// Adds a mark to the log after each of the next turns.
  void mark_turns(int count) {
    if (count == 0) return;
    loop_.post([this, count] {
      log_ += '|';
      mark_turns(count - 1);
    });
  }

  net::EventLoop loop_;
  CompressionQueue queue_{loop_};
  CompressionQueue threaded_{loop_, 1};
  std::string log_;
};

TEST_F(CompressionQueueTest, AcceptsBytesUpToTheBudgetOfATurn) {
  EXPECT_TRUE(queue_.take(kTurn / 2));
  EXPECT_TRUE(queue_.take(kTurn / 2));
  EXPECT_FALSE(queue_.take(1));
  EXPECT_TRUE(queue_.take(0));
}

TEST_F(CompressionQueueTest, RejectsMoreBytesThanATurnHasLeft) {
  EXPECT_FALSE(queue_.take(kTurn + 1));
  EXPECT_TRUE(queue_.take(kTurn)) << "a refusal costs nothing";
}

TEST_F(CompressionQueueTest, ResetsTheBudgetAtTheEndOfTheTurn) {
  ASSERT_TRUE(queue_.take(kTurn));
  loop_.run();
  EXPECT_TRUE(queue_.take(kTurn));
}

TEST_F(CompressionQueueTest, CompressesAPieceOfEachBodyInTurn) {
  Body a(queue_, log_, 'a', 3 * kPiece);
  Body b(queue_, log_, 'b', 2 * kPiece);
  Body c(queue_, log_, 'c', 1 * kPiece);
  loop_.run();
  EXPECT_EQ(log_, "abcaba");
}

TEST_F(CompressionQueueTest, ContinuesInTheNextTurn) {
  Body a(queue_, log_, 'a', 5 * kPiece);
  mark_turns(3);
  loop_.run();
  EXPECT_EQ(log_, "aa|aa|a|");
}

TEST_F(CompressionQueueTest, CompressesAPieceEvenIfTheBudgetIsSpent) {
  Body a(queue_, log_, 'a', 3 * kPiece);
  ASSERT_TRUE(queue_.take(kTurn));
  mark_turns(2);
  loop_.run();
  EXPECT_EQ(log_, "a|aa|");
}

TEST_F(CompressionQueueTest, CountsShortPiecesByTheirBytes) {
  std::vector<std::unique_ptr<Body>> bodies;
  for (int i = 0; i < 10; ++i) {
    bodies.push_back(std::make_unique<Body>(queue_, log_, 'a', kTurn / 4));
  }
  mark_turns(3);
  loop_.run();
  EXPECT_EQ(log_, "aaaa|aaaa|aa|");
}

TEST_F(CompressionQueueTest, SkipsARemovedBody) {
  Body a(queue_, log_, 'a', kPiece);
  auto b = std::make_unique<Body>(queue_, log_, 'b', kPiece);
  Body c(queue_, log_, 'c', kPiece);
  queue_.remove(*b);
  b.reset();
  loop_.run();
  EXPECT_EQ(log_, "ac");
}

TEST_F(CompressionQueueTest, ABodyMayBeDestroyedWhileItIsCompressed) {
  auto a = std::make_unique<Body>(queue_, log_, 'a', kPiece);
  const Body b(queue_, log_, 'b', kPiece);
  a->after_piece = [&a] { a.reset(); };
  loop_.run();
  EXPECT_EQ(log_, "ab");
}

TEST_F(CompressionQueueTest, WithThreadsTheLoopCompressesShortBodiesOnly) {
  EXPECT_TRUE(threaded_.take(CompressionQueue::kAtOnce));
  EXPECT_FALSE(threaded_.take(CompressionQueue::kAtOnce + 1));
}

TEST_F(CompressionQueueTest, WithThreadsAPieceOfEachBodyIsCompressedInTurn) {
  Body a(threaded_, log_, 'a', 3 * kPiece);
  Body b(threaded_, log_, 'b', 2 * kPiece);
  Body c(threaded_, log_, 'c', 1 * kPiece);
  loop_.run();
  EXPECT_EQ(log_, "abcaba");
}

TEST_F(CompressionQueueTest, WithThreadsABodyMayLeaveAtAnyTime) {
  auto a = std::make_unique<Body>(threaded_, log_, 'a', 2 * kPiece);
  auto b = std::make_unique<Body>(threaded_, log_, 'b', 2 * kPiece);
  Body c(threaded_, log_, 'c', 2 * kPiece);
  // In this turn's end the thread gets the first piece.
  loop_.post([&] {
    loop_.post([&] {
      for (auto* const leaving : {&a, &b}) {
        threaded_.remove(**leaving);
        leaving->reset();
      }
    });
  });
  c.after_piece = [&] { EXPECT_FALSE(a || b); };
  loop_.run();
  EXPECT_EQ(log_.substr(log_.find('c')), "cc");
}

TEST_F(CompressionQueueTest, WithoutADescriptorForThreadsTheLoopCompresses) {
  Body a(threaded_, log_, 'a', 2 * kPiece);
  Body b(threaded_, log_, 'b', kPiece);
  const NoDescriptors none;
  loop_.run();
  EXPECT_EQ(log_, "aba");
}

}  // namespace
}  // namespace millrace::gateway
