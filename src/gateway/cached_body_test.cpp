#include "gateway/cached_body.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

#include "gateway/testing/response_recorder.hpp"

namespace millrace::gateway {
namespace {

class KeptReplyTest : public testing::Test {
 protected:
  void begin(std::size_t size) {
    auto response = std::make_shared<cache::KeptResponse>();
    for (int i = 0; response->body.size() < size; ++i) response->body += std::to_string(i) + ' ';
    response->body.resize(size);
    text_ = response->body;
    reply_.emplace(std::move(response), pin_);
  }

  [[nodiscard]] bool go_on() { return reply_->go_on(client_); }

  std::string text_;
  std::shared_ptr<int> pin_ = std::make_shared<int>();
  ResponseRecorder client_;
  std::optional<KeptReply> reply_;
};

TEST_F(KeptReplyTest, SendsTheBodyInPieces) {
  begin(2 * KeptReply::kPiece + 1);
  EXPECT_FALSE(go_on());
  EXPECT_EQ(client_.pieces, 3U);
  EXPECT_TRUE(client_.ended);
  EXPECT_TRUE(client_.body == text_);
}

TEST_F(KeptReplyTest, EndsWithTheLastWholePiece) {
  begin(2 * KeptReply::kPiece);
  EXPECT_FALSE(go_on());
  EXPECT_EQ(client_.pieces, 2U);
  EXPECT_TRUE(client_.ended);
}

TEST_F(KeptReplyTest, HasNothingToSendOfAnEmptyBody) {
  begin(0);
  EXPECT_FALSE(go_on());
  EXPECT_EQ(client_.pieces, 0U);
}

TEST_F(KeptReplyTest, TakesTurnsWithTheRestOfTheServer) {
  begin(2 * KeptReply::kTurn);
  EXPECT_TRUE(go_on());
  EXPECT_EQ(client_.body.size(), KeptReply::kTurn);
  EXPECT_FALSE(go_on());
  EXPECT_TRUE(client_.ended);
  EXPECT_TRUE(client_.body == text_);
}

TEST_F(KeptReplyTest, HoldsNoMoreThanAPieceForAClientThatDoesNotRead) {
  begin(2 * KeptReply::kTurn);
  client_.takes = 0;
  EXPECT_FALSE(go_on());
  EXPECT_FALSE(go_on());
  EXPECT_EQ(client_.body.size(), KeptReply::kPiece);
  while (!client_.ended) {
    client_.drain(1000);
    static_cast<void>(go_on());
  }
  EXPECT_TRUE(client_.body == text_);
}

TEST_F(KeptReplyTest, HoldsItsPinAsLongAsItLives) {
  begin(10);
  EXPECT_EQ(pin_.use_count(), 2);
  reply_.reset();
  EXPECT_EQ(pin_.use_count(), 1);
}

TEST_F(KeptReplyTest, MayBeDestroyedByTheEndOfWhatItSends) {
  begin(KeptReply::kPiece + 1);
  client_.on_end = [this] { reply_.reset(); };
  EXPECT_FALSE(go_on());
  EXPECT_TRUE(client_.body == text_);
}

}  // namespace
}  // namespace millrace::gateway
