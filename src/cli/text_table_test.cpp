#include "cli/text_table.hpp"

#include <gmock/gmock.h>

namespace millrace::cli {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(TextTable, AlignsColumnsWithoutTrailingSpaces) {
  EXPECT_THAT(
      align_columns({{"PATH", "SIZE", "POOL"}, {"/a", "12", "default"}, {"/longer", "", ""}}),
      ElementsAre("PATH     SIZE  POOL", "/a       12    default", "/longer"));
}

TEST(TextTable, AlignsOneColumnAtItsRightSide) {
  EXPECT_THAT(align_columns({{"PATH", "SIZE", "POOL"}, {"/a", "12", "default"}}, 1),
              ElementsAre("PATH  SIZE  POOL", "/a      12  default"));
}

TEST(TextTable, OfNoRowsHasNoLines) { EXPECT_THAT(align_columns({}), IsEmpty()); }

}  // namespace
}  // namespace millrace::cli
