#include "millrace/abi.hpp"

#include <gtest/gtest.h>

extern "C" const unsigned millrace_sdk_abi;

TEST(Abi, LibraryAndHeadersHaveTheSameVersion) {
  EXPECT_EQ(millrace_sdk_abi, millrace::kAbiVersion);
}
