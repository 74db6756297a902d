#include "workers/inspector.hpp"

#include <gtest/gtest.h>

namespace millrace::workers {
namespace {

TEST(Inspector, ReadsAddressesAsNodeDoes) {
  EXPECT_EQ(parse_inspector_address("")->port, 9229);
  EXPECT_EQ(parse_inspector_address("9300")->port, 9300);
  const auto both = parse_inspector_address("0.0.0.0:0");
  EXPECT_EQ(both->host, "0.0.0.0");
  EXPECT_EQ(both->port, 0);
  const auto version_6 = parse_inspector_address("[::1]:9231");
  EXPECT_EQ(version_6->host, "[::1]");
  EXPECT_EQ(version_6->port, 9231);
  EXPECT_EQ(parse_inspector_address("[::1]")->host, "[::1]");
  EXPECT_EQ(parse_inspector_address("somewhere")->host, "somewhere");
  EXPECT_FALSE(parse_inspector_address("127.0.0.1:70000"));
  EXPECT_FALSE(parse_inspector_address("127.0.0.1:x"));
}

TEST(Inspector, IsRemovedFromNodeOptions) {
  std::string options = "--no-warnings  --inspect=127.0.0.1:5390 --require \"./a b.js\"";
  const auto found = take_inspector(options).value();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->flag, "--inspect");
  EXPECT_EQ(found->host, "127.0.0.1");
  EXPECT_EQ(found->port, 5390);
  EXPECT_EQ(options, "--no-warnings --require \"./a b.js\"");
  options = "--inspect_brk --inspect-port=9400";
  const auto waiting = take_inspector(options).value();
  EXPECT_EQ(waiting->flag, "--inspect-brk");
  EXPECT_EQ(waiting->port, 9400);
  EXPECT_EQ(options, "");
}

TEST(Inspector, KeepsUnrelatedOptions) {
  for (const char* text : {"", "--max-old-space-size=200", "--require=\"--inspect x\"",
                           "--inspect-port=9400", "--inspector-something"}) {
    std::string options = text;
    EXPECT_FALSE(take_inspector(options).value()) << text;
    EXPECT_EQ(options, text);
  }
}

TEST(Inspector, RejectsAnInvalidAddress) {
  std::string options = "--no-warnings --inspect-brk=127.0.0.1:x";
  const auto found = take_inspector(options);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().message(),
            "NODE_OPTIONS: --inspect-brk: expected [HOST:]PORT, found 127.0.0.1:x");
}

TEST(Inspector, GivesEachWorkerAPortUntilItEnds) {
  const auto inspector = std::make_shared<Inspector>(
      InspectorAddress{.flag = "--inspect", .host = "[::]", .port = 9300});
  auto first = inspector->take();
  const auto second = inspector->take();
  EXPECT_EQ(first->flag(), "--inspect=[::]:9300");
  EXPECT_EQ(second->flag(), "--inspect=[::]:9301");
  first.reset();
  EXPECT_EQ(inspector->take()->flag(), "--inspect=[::]:9300");
  const auto any =
      std::make_shared<Inspector>(InspectorAddress{.flag = "--inspect", .host = {}, .port = 0});
  const auto one = any->take();
  EXPECT_EQ(any->take()->flag(), "--inspect=0");
}

}  // namespace
}  // namespace millrace::workers
