#include "workers/unread_frames.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "link/frame_encoder.hpp"

namespace millrace::workers {
namespace {

using link::Kind;
using testing::IsEmpty;

std::string invoke(std::uint64_t stream, bool end = true) {
  std::string frame;
  link::InvokeView request;
  request.method = "GET";
  request.target = "/";
  link::append_invoke(frame, stream, request, end);
  return frame;
}

std::string frame(Kind kind, std::uint64_t stream, std::string_view payload, bool end = false) {
  std::string bytes;
  link::append_frame(bytes, kind, stream, payload, end);
  return bytes;
}

std::string ping() {
  std::string bytes;
  link::append_ping(bytes, 7, false);
  return bytes;
}

UnreadFate take_each(std::uint64_t /*stream*/) { return UnreadFate::take; }

TEST(UnreadFramesTest, InvocationsAreTakenWithTheirBodies) {
  const std::string first = invoke(1, false);
  const std::string second = invoke(2);
  const std::string bytes =
      first + frame(Kind::body, 1, "ab") + second + frame(Kind::body, 1, "c", true);
  const auto sorted = sort_unread(bytes, 0, take_each);
  ASSERT_TRUE(sorted);
  ASSERT_EQ(sorted->taken.size(), 2U);
  EXPECT_EQ(sorted->taken[0].stream, 1U);
  EXPECT_EQ(sorted->taken[0].sent.invoke, first);
  EXPECT_EQ(sorted->taken[0].sent.body, "abc");
  EXPECT_TRUE(sorted->taken[0].sent.ended);
  EXPECT_EQ(sorted->taken[1].stream, 2U);
  EXPECT_EQ(sorted->taken[1].sent.invoke, second);
  EXPECT_TRUE(sorted->taken[1].sent.ended);
  EXPECT_THAT(sorted->rest, IsEmpty());
}

TEST(UnreadFramesTest, ABodyThatHasNotEndedHasNotEnded) {
  const auto sorted = sort_unread(invoke(1, false) + frame(Kind::body, 1, "ab"), 0, take_each);
  ASSERT_TRUE(sorted);
  EXPECT_FALSE(sorted->taken.at(0).sent.ended);
  const auto trailers = sort_unread(invoke(1, false) + frame(Kind::end, 1, ""), 0, take_each);
  ASSERT_TRUE(trailers);
  EXPECT_TRUE(trailers->taken.at(0).sent.ended);
}

TEST(UnreadFramesTest, OtherFramesStayInTheirOrder) {
  const std::string partial = "the rest of a frame";
  const std::string bytes =
      partial + ping() + invoke(5) + frame(Kind::body, 3, "of an earlier stream") + ping();
  const auto sorted = sort_unread(bytes, partial.size(), take_each);
  ASSERT_TRUE(sorted);
  EXPECT_EQ(sorted->rest, partial + ping() + frame(Kind::body, 3, "of an earlier stream") + ping());
  EXPECT_EQ(sorted->taken.size(), 1U);
}

TEST(UnreadFramesTest, AStreamThatHasEndedIsDropped) {
  const std::string bytes = invoke(1, false) + frame(Kind::body, 1, "ab") + invoke(2) +
                            frame(Kind::abort, 1, std::string(1, '\1'));
  const auto sorted = sort_unread(bytes, 0, [](std::uint64_t stream) {
    return stream == 1 ? UnreadFate::drop : UnreadFate::leave;
  });
  ASSERT_TRUE(sorted);
  EXPECT_THAT(sorted->taken, IsEmpty());
  EXPECT_EQ(sorted->rest, invoke(2));
  ASSERT_EQ(sorted->places.size(), 1U);
  EXPECT_EQ(sorted->places[0].stream, 2U);
  EXPECT_EQ(sorted->places[0].at, 0U);
}

TEST(UnreadFramesTest, WhatCannotBeRepeatedIsLeft) {
  std::string credit;
  link::append_credit(credit, 1, 5);
  const std::string bytes = ping() + invoke(1) + credit;
  const auto sorted = sort_unread(bytes, 0, take_each);
  ASSERT_TRUE(sorted);
  EXPECT_THAT(sorted->taken, IsEmpty());
  EXPECT_EQ(sorted->rest, bytes);
  EXPECT_EQ(sorted->places.at(0).at, ping().size());
}

TEST(UnreadFramesTest, BytesThatAreNotFramesAreNotSorted) {
  EXPECT_FALSE(sort_unread("no frame, and longer than its head", 0, take_each));
  EXPECT_FALSE(sort_unread(invoke(1).substr(0, 20), 0, take_each));
  EXPECT_FALSE(sort_unread(invoke(1), 1, take_each));
  EXPECT_FALSE(sort_unread(frame(Kind::invoke, 1, std::string(28, '\xff')), 0, take_each));
  EXPECT_TRUE(sort_unread({}, 0, take_each));
}

}  // namespace
}  // namespace millrace::workers
