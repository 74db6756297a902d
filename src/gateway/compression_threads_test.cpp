#include "gateway/compression_threads.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "http/test_decoding.hpp"

namespace millrace::gateway {
namespace {

std::unique_ptr<CompressionPiece> piece_of(std::string input) {
  return std::make_unique<CompressionPiece>(CompressionPiece{
      .compressor = http::Compressor(http::Coding::gzip), .input = std::move(input), .end = true});
}

/// Keeps what it gets back.
class Owner final : public CompressionThreads::Owner {
 public:
  void on_piece(std::unique_ptr<CompressionPiece> piece) override {
    EXPECT_TRUE(piece->good);
    texts.push_back(http::decoded(http::Coding::gzip, piece->output).text);
  }

  std::vector<std::string> texts;
};

class CompressionThreadsTest : public testing::Test {
 protected:
  net::EventLoop loop_;
  int rooms_ = 0;
  CompressionThreads threads_{loop_, 2, [this] { ++rooms_; }};
  Owner one_;
  Owner other_;
};

TEST_F(CompressionThreadsTest, EachOwnerGetsItsPiece) {
  EXPECT_TRUE(threads_.has_room());
  EXPECT_EQ(threads_.submit(piece_of(std::string(50'000, 'a')), one_), nullptr);
  EXPECT_TRUE(threads_.has_room());
  EXPECT_EQ(threads_.submit(piece_of("b"), other_), nullptr);
  EXPECT_FALSE(threads_.has_room());
  loop_.run();
  EXPECT_TRUE(threads_.has_room());
  EXPECT_GE(rooms_, 1);
  EXPECT_EQ(one_.texts, std::vector{std::string(50'000, 'a')});
  EXPECT_EQ(other_.texts, std::vector<std::string>{"b"});
}

TEST_F(CompressionThreadsTest, CanBeUsedAgain) {
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(threads_.submit(piece_of(std::to_string(i)), one_), nullptr);
    loop_.run();
  }
  EXPECT_EQ(one_.texts, (std::vector<std::string>{"0", "1", "2", "3", "4"}));
}

TEST_F(CompressionThreadsTest, APieceOfAnOwnerThatHasEndedIsDropped) {
  EXPECT_EQ(threads_.submit(piece_of("a"), one_), nullptr);
  EXPECT_EQ(threads_.submit(piece_of("b"), other_), nullptr);
  threads_.forget(one_);
  loop_.run();
  EXPECT_TRUE(one_.texts.empty());
  EXPECT_EQ(other_.texts, std::vector<std::string>{"b"});
  EXPECT_TRUE(threads_.has_room());
}

TEST_F(CompressionThreadsTest, MayEndWhilePiecesAreInWork) {
  auto threads = std::make_unique<CompressionThreads>(loop_, 2, [] {});
  EXPECT_EQ(threads->submit(piece_of(std::string(60'000, 'a')), one_), nullptr);
  threads.reset();
  loop_.run();
  EXPECT_TRUE(one_.texts.empty());
}

}  // namespace
}  // namespace millrace::gateway
