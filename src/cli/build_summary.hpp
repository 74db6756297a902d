// The table that `millrace build` prints at the end: the methods, size and kind of each route and
// page, and how pages are served.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>

#include "serving/production_build.hpp"

namespace millrace::cli {

/// "412 B", "1.9 KB", "2.0 MB".
[[nodiscard]] std::string format_size(std::uint64_t bytes);

void print_build_summary(const serving::ProductionBuild& build, std::ostream& out);

}  // namespace millrace::cli
