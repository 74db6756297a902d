#include "gateway/cached_body.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

#include "gateway/testing/response_recorder.hpp"

namespace millrace::gateway {
namespace {

class CachedBodyTest : public testing::Test {
 protected:
  void begin(std::size_t size) {
    auto response = std::make_shared<cache::CachedResponse>();
    for (int i = 0; response->body.size() < size; ++i) response->body += std::to_string(i) + ' ';
    response->body.resize(size);
    text_ = response->body;
    response_.emplace(std::move(response), pin_);
  }

  [[nodiscard]] bool send_more() { return response_->send_more(client_); }

  std::string text_;
  std::shared_ptr<int> pin_ = std::make_shared<int>();
  ResponseRecorder client_;
  std::optional<CachedBody> response_;
};

TEST_F(CachedBodyTest, SendsTheBodyInPieces) {
  begin(2 * CachedBody::kPiece + 1);
  EXPECT_FALSE(send_more());
  EXPECT_EQ(client_.pieces, 3U);
  EXPECT_TRUE(client_.ended);
  EXPECT_TRUE(client_.body == text_);
}

TEST_F(CachedBodyTest, EndsTheResponseWithTheLastPiece) {
  begin(2 * CachedBody::kPiece);
  EXPECT_FALSE(send_more());
  EXPECT_EQ(client_.pieces, 2U);
  EXPECT_TRUE(client_.ended);
}

TEST_F(CachedBodyTest, SendsNothingForAnEmptyBody) {
  begin(0);
  EXPECT_FALSE(send_more());
  EXPECT_EQ(client_.pieces, 0U);
}

TEST_F(CachedBodyTest, SendsABoundedNumberOfBytesInATurn) {
  begin(2 * CachedBody::kTurn);
  EXPECT_TRUE(send_more());
  EXPECT_EQ(client_.body.size(), CachedBody::kTurn);
  EXPECT_FALSE(send_more());
  EXPECT_TRUE(client_.ended);
  EXPECT_TRUE(client_.body == text_);
}

TEST_F(CachedBodyTest, SendsOnePieceToAClientThatDoesNotRead) {
  begin(2 * CachedBody::kTurn);
  client_.takes = 0;
  EXPECT_FALSE(send_more());
  EXPECT_FALSE(send_more());
  EXPECT_EQ(client_.body.size(), CachedBody::kPiece);
  while (!client_.ended) {
    client_.drain(1000);
    static_cast<void>(send_more());
  }
  EXPECT_TRUE(client_.body == text_);
}

TEST_F(CachedBodyTest, ReleasesItsPinOnDestruction) {
  begin(10);
  EXPECT_EQ(pin_.use_count(), 2);
  response_.reset();
  EXPECT_EQ(pin_.use_count(), 1);
}

TEST_F(CachedBodyTest, CanBeDestroyedByTheEndOfTheResponse) {
  begin(CachedBody::kPiece + 1);
  client_.on_end = [this] { response_.reset(); };
  EXPECT_FALSE(send_more());
  EXPECT_TRUE(client_.body == text_);
}

}  // namespace
}  // namespace millrace::gateway
