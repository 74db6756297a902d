#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <string>
#include <string_view>

/// Counts in messages for the user.
namespace millrace::serving {

/// "1 route", "3 routes"
inline std::string count_of(std::size_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

}  // namespace millrace::serving
