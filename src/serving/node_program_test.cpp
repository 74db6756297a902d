#include "serving/node_program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::serving {
namespace {

TEST(NodeProgram, RecognisesSupportedVersions) {
  for (const char* good : {"v22.15.0", "v22.99.1", "v24.0.0", "v100.1.0"}) {
    EXPECT_TRUE(is_supported_node(good)) << good;
  }
  for (const char* bad :
       {"", "v", "22.15.0", "v22", "v22.14.9", "v20.20.0", "vx.y", "ls 9.1", "v24"}) {
    EXPECT_FALSE(is_supported_node(bad)) << bad;
  }
}

TEST(NodeProgram, NamesAnUnusableProgram) {
  const auto missing = check_node("/no/such/node", "--node");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code(), base::ErrorCode::not_found);
  EXPECT_THAT(missing.error().message(), testing::HasSubstr("--node: /no/such/node cannot be run"));
  const auto other = check_node("/bin/true", "MILLRACE_NODE");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code(), base::ErrorCode::invalid);
  EXPECT_THAT(other.error().message(),
              testing::AllOf(testing::HasSubstr("MILLRACE_NODE: /bin/true"),
                             testing::HasSubstr("22.15 or newer")));
}

}  // namespace
}  // namespace millrace::serving
