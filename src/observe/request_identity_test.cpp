#include <gtest/gtest.h>

#include <set>
#include <string>

#include "observe/request_id.hpp"
#include "observe/trace_context.hpp"

namespace millrace::observe {

namespace {

const std::string kTrace = "0af7651916cd43dd8448eb211c80319c";
const std::string kParent = "b7ad6b7169203331";

TEST(TraceContext, IsReadFromTheField) {
  const std::string value = "00-" + kTrace + "-" + kParent + "-01";
  const auto context = parse_traceparent(value);
  ASSERT_TRUE(context);
  EXPECT_EQ(context->trace_id, kTrace);
  EXPECT_EQ(context->parent_id, kParent);
  EXPECT_TRUE(context->sampled);
  EXPECT_FALSE(parse_traceparent("00-" + kTrace + "-" + kParent + "-00")->sampled);
}

TEST(TraceContext, OfALaterVersionMayHaveMoreFields) {
  EXPECT_TRUE(parse_traceparent("01-" + kTrace + "-" + kParent + "-01-more"));
  EXPECT_FALSE(parse_traceparent("01-" + kTrace + "-" + kParent + "-01more"));
  EXPECT_FALSE(parse_traceparent("00-" + kTrace + "-" + kParent + "-01-more"));
}

TEST(TraceContext, IsIgnoredWhereTheFieldIsInvalid) {
  const std::string zeros(32, '0');
  for (const std::string& value :
       {std::string(), "ff-" + kTrace + "-" + kParent + "-01", "00-" + kTrace + "-" + kParent,
        "00_" + kTrace + "-" + kParent + "-01", "00-" + zeros + "-" + kParent + "-01",
        "00-" + kTrace + "-" + zeros.substr(16) + "-01",
        "00-0AF7651916CD43DD8448EB211C80319C-" + kParent + "-01",
        "00-" + kTrace + "-" + kParent + "-0g"}) {
    EXPECT_FALSE(parse_traceparent(value)) << value;
  }
}

TEST(RequestId, OfAClientIsKeptWhereItIsSafe) {
  EXPECT_TRUE(is_request_id("6f1c-A.b_c~d:e/f+g=h@i"));
  EXPECT_TRUE(is_request_id(std::string(kMostRequestId, 'a')));
  for (const std::string& text :
       {std::string(), std::string(kMostRequestId + 1, 'a'), std::string("a b"),
        std::string("a\"b"), std::string("a\\b"), std::string("a\x1b[31m"), std::string("\xc3\xa4"),
        std::string("a,b")}) {
    EXPECT_FALSE(is_request_id(text)) << text;
  }
}

TEST(RequestId, IsMadeAnewForEachRequest) {
  RequestIds ids;
  std::set<std::string> made;
  constexpr std::size_t kMoreThanOneRefill = 600;
  for (std::size_t i = 0; i < kMoreThanOneRefill; ++i) {
    RequestIds::Id id;
    const std::string text(ids.make(id));
    EXPECT_EQ(text.size(), kMadeRequestId);
    EXPECT_TRUE(is_request_id(text));
    made.insert(text);
  }
  EXPECT_EQ(made.size(), kMoreThanOneRefill);
}

}  // namespace

}  // namespace millrace::observe
