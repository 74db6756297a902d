#pragma once

#include <string_view>

/// Paths below a folder, by their text alone.
namespace millrace::dev {

/// Returns whether `path` is `folder` or below it. Neither ends with a slash.
inline bool is_within(std::string_view path, std::string_view folder) {
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

}  // namespace millrace::dev
