#include "tracing/ids.hpp"

#include <gtest/gtest.h>

#include <string>

#include "tracing/sampler.hpp"

namespace millrace::tracing {
namespace {

constexpr const char* kValue = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

TEST(TraceparentTest, IsReadAndWritten) {
  const auto context = parse_traceparent(kValue);
  ASSERT_TRUE(context);
  EXPECT_TRUE(context->sampled);
  std::string text;
  append_traceparent(text, *context);
  EXPECT_EQ(text, kValue);
  EXPECT_FALSE(parse_traceparent(std::string(kValue).replace(54, 1, "2"))->sampled);
}

TEST(TraceparentTest, IsIgnoredWhereItIsNotValid) {
  const std::string value = kValue;
  EXPECT_FALSE(parse_traceparent(""));
  EXPECT_FALSE(parse_traceparent(value.substr(0, 54)));
  EXPECT_FALSE(parse_traceparent(value + "-more"));
  EXPECT_FALSE(parse_traceparent("ff" + value.substr(2)));
  EXPECT_FALSE(parse_traceparent("00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"));
  EXPECT_FALSE(parse_traceparent("00-00000000000000000000000000000000-b7ad6b7169203331-01"));
  EXPECT_FALSE(parse_traceparent("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01"));
  // A later version may have more parts.
  EXPECT_TRUE(parse_traceparent("cc" + value.substr(2) + "-more"));
  EXPECT_FALSE(parse_traceparent("cc" + value.substr(2) + "more"));
}

TEST(IdSourceTest, MakesDifferentIds) {
  IdSource ids;
  EXPECT_NE(ids.make_trace(), ids.make_trace());
  EXPECT_NE(ids.make_span(), ids.make_span());
  EXPECT_NE(IdSource().make_trace(), IdSource().make_trace());
}

TEST(SamplerTest, FollowsTheCaller) {
  const SpanContext sampled{.sampled = true};
  const SpanContext unsampled{.sampled = false};
  EXPECT_TRUE(Sampler(0).samples(sampled, {}));
  EXPECT_FALSE(Sampler(1).samples(unsampled, {}));
}

TEST(SamplerTest, SamplesItsShare) {
  IdSource ids(1);
  int sampled = 0;
  for (int i = 0; i < 10'000; ++i) {
    const TraceId trace = ids.make_trace();
    EXPECT_TRUE(Sampler(1).samples({}, trace));
    EXPECT_FALSE(Sampler(0).samples({}, trace));
    sampled += Sampler(0.1).samples({}, trace) ? 1 : 0;
  }
  EXPECT_GT(sampled, 800);
  EXPECT_LT(sampled, 1200);
}

}  // namespace
}  // namespace millrace::tracing
