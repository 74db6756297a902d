#include "cache/data_request.hpp"

#include <gtest/gtest.h>

namespace millrace::cache {
namespace {

using namespace std::chrono_literals;

class DataRequestTest : public testing::Test {
 protected:
  std::string ask(std::string_view request) {
    const auto reply = handle_request(store_, request, now_);
    return reply ? reply->text : "nothing";
  }

  TagMarks marks_;
  DataStore store_{marks_};
  Clock::time_point now_{1h};
};

TEST_F(DataRequestTest, SetGetAndRevalidate) {
  EXPECT_EQ(ask(R"({"id":1,"op":"get","key":"k","tags":[]})"),
            R"({"id":1,"at":3.6E9,"state":"none"})");
  EXPECT_EQ(ask(R"({"id":2,"op":"set","key":"k","value":"v","revalidate":60,"expire":null,)"
                R"("tags":["t"]})"),
            R"({"id":2})");
  now_ += 1500ms;
  EXPECT_EQ(ask(R"({"id":3,"op":"get","key":"k"})"),
            R"({"id":3,"at":3.6015E9,"state":"fresh","value":"v","age":1.5E0,"tags":["t"]})");
  EXPECT_EQ(ask(R"({"id":4,"op":"revalidate","tags":["t"],"profile":{"expire":3600}})"),
            R"({"id":4})");
  EXPECT_EQ(ask(R"({"id":5,"op":"get","key":"k"})"),
            R"({"id":5,"at":3.6015E9,"state":"stale","value":"v","age":1.5E0,"tags":["t"]})");
  EXPECT_EQ(ask(R"({"id":6,"op":"revalidate","tags":["t"],"profile":null})"), R"({"id":6})");
  EXPECT_EQ(ask(R"({"id":7,"op":"get","key":"k"})"), R"({"id":7,"at":3.6015E9,"state":"none"})");
}

TEST_F(DataRequestTest, ReturnsARefreshForTheResponseCache) {
  const auto reply =
      handle_request(store_, R"({"id":7,"op":"refresh","path":"/api/x","only_kept":true})", now_);
  ASSERT_TRUE(reply && reply->refresh);
  EXPECT_EQ(reply->refresh->path, "/api/x");
  EXPECT_TRUE(reply->refresh->only_kept);
  EXPECT_EQ(refresh_reply(*reply->refresh, 200), R"({"id":7,"status":200})");
  EXPECT_NE(ask(R"({"id":8,"op":"refresh"})").find("error"), std::string::npos);
}

TEST_F(DataRequestTest, AcceptsUnlimitedLifetimes) {
  ask(R"({"id":1,"op":"set","key":"k","value":"v","revalidate":false,"expire":4294967294})");
  ask(R"({"id":1,"op":"set","key":"l","value":"v","revalidate":1e300,"expire":null})");
  now_ += 100'000h;
  EXPECT_NE(ask(R"({"id":2,"op":"get","key":"k"})").find("fresh"), std::string::npos);
  EXPECT_NE(ask(R"({"id":2,"op":"get","key":"l"})").find("fresh"), std::string::npos);
}

TEST_F(DataRequestTest, InvalidMembersAreAnErrorAndOtherTextIsIgnored) {
  for (const char* wrong :
       {R"({"id":1})", R"({"id":1,"op":"other"})", R"({"id":1,"op":"get"})",
        R"({"id":1,"op":"get","key":"k","tags":[1]})", R"({"id":1,"op":"set","key":"k"})",
        R"({"id":1,"op":"set","key":"k","value":"v","revalidate":true})",
        R"({"id":1,"op":"set","key":"k","value":"v","expire":-1})",
        R"({"id":1,"op":"set","key":"k","value":"v","expire":"1"})",
        R"({"id":1,"op":"revalidate","tags":"t"})",
        R"({"id":1,"op":"revalidate","tags":[],"profile":"max"})"}) {
    SCOPED_TRACE(wrong);
    EXPECT_NE(ask(wrong).find(R"("error")"), std::string::npos);
  }
  EXPECT_EQ(store_.size(), 0U);
  for (const char* none : {"", "[]", "{", R"({"op":"get"})", R"({"id":"1","op":"get"})"}) {
    EXPECT_EQ(ask(none), "nothing");
  }
}

}  // namespace
}  // namespace millrace::cache
