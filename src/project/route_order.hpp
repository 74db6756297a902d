// Sorts routes in the order in which Next.js tries them, and finds the conflicts that Next.js
// finds: different slug names for the same segment, catch-alls at the same level, and the like.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace millrace::project {

/// A path and the file of the project that defines it.
struct Place {
  std::string path;
  /// For messages.
  std::string file;
};

/// Returns the indexes of `places` in Next.js's order. Errors: conflict and invalid, with the
/// messages of Next.js and the files' names. Paths must be unique.
[[nodiscard]] base::Result<std::vector<std::size_t>> order_of(std::span<const Place> places);

}  // namespace millrace::project
