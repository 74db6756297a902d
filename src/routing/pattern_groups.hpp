// The groups of a regular expression: how many there are and what they are called. Both decide what
// \1 and \k mean, also before the group has been read.
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

/// Looks through a whole pattern. Throws PatternFailure for a name that cannot be read; everything
/// else that is wrong with the pattern is left for whoever translates it.
[[nodiscard]] PatternGroups groups_of(std::u16string_view source);

}  // namespace millrace::routing
