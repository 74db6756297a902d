#include "base/nearest.hpp"

#include <gtest/gtest.h>

namespace millrace::base {
namespace {

TEST(Nearest, FindsTheIntendedWord) {
  const std::vector<std::string> known = {"--port", "--hostname", "--workers", "-p"};
  EXPECT_EQ(nearest("--prot", known), "--port");
  EXPECT_EQ(nearest("--hostnam", known), "--hostname");
  EXPECT_EQ(nearest("--worker", known), "--workers");
  EXPECT_EQ(nearest("--something-else", known), "");
  EXPECT_EQ(nearest("--port", {}), "");
}

}  // namespace
}  // namespace millrace::base
