// Finds the groups of a regular expression: their number and names. Both determine the meaning of
// \1 and \k, also before the group itself.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::routing {

struct PatternGroups {
  std::uint32_t count = 0;
  /// Named groups with their numbers, from 1, in the pattern's order.
  std::vector<std::pair<std::string, std::uint32_t>> names;
};

/// Scans a whole pattern. Throws PatternFailure for an invalid group name; all other errors in the
/// pattern are left to the translation.
[[nodiscard]] PatternGroups groups_of(std::u16string_view source);

}  // namespace millrace::routing
