// The order in which Next.js tries routes, and the clashes it finds while it makes it: different
// slug names at one place, catch-alls beside each other, and the like.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace millrace::project {

/// A path that a file of the project answers.
struct Place {
  std::string path;
  /// For messages.
  std::string file;
};

/// The numbers of `places` in Next.js's order. Errors: conflict, invalid, in Next.js's words and
/// with the files' names. Paths must be unique.
[[nodiscard]] base::Result<std::vector<std::size_t>> order_of(std::span<const Place> places);

}  // namespace millrace::project
