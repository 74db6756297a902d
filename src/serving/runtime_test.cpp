#include "serving/runtime.hpp"

#include <gtest/gtest.h>

namespace millrace::serving {
namespace {

TEST(Runtime, RemovesTheDebuggerFromNodeOptions) {
  Runtime runtime;
  runtime.environment["NODE_OPTIONS"] = "--inspect=9000 --no-warnings";
  EXPECT_NE(take_inspector(runtime, std::nullopt).value(), nullptr);
  EXPECT_EQ(runtime.environment["NODE_OPTIONS"].find("--inspect"), std::string::npos);
  EXPECT_NE(runtime.environment["NODE_OPTIONS"].find("--no-warnings"), std::string::npos);
  EXPECT_EQ(take_inspector(runtime, std::nullopt).value(), nullptr);
}

TEST(Runtime, PrefersTheDebuggerOfTheCommandLineAndStillRemovesTheOther) {
  Runtime runtime;
  runtime.environment["NODE_OPTIONS"] = "--inspect=9000";
  const workers::InspectorAddress requested{.flag = "--inspect", .host = "", .port = 9111};
  const auto inspector = take_inspector(runtime, requested).value();
  ASSERT_NE(inspector, nullptr);
  EXPECT_EQ(inspector->take()->flag(), "--inspect=9111");
  EXPECT_EQ(runtime.environment["NODE_OPTIONS"].find("--inspect"), std::string::npos);
}

TEST(Runtime, RejectsAnInvalidDebuggerAddress) {
  Runtime runtime;
  runtime.environment["NODE_OPTIONS"] = "--inspect=x:y:z";
  EXPECT_FALSE(take_inspector(runtime, std::nullopt));
}

TEST(Runtime, HasNoDebuggerByDefault) {
  Runtime runtime;
  EXPECT_EQ(take_inspector(runtime, std::nullopt).value(), nullptr);
}

}  // namespace
}  // namespace millrace::serving
