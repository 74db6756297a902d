// The table that `millrace build` prints at the end: the methods, size and kind of each route.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "dev/project_builder.hpp"

namespace millrace::cli {

/// "412 B", "1.9 KB", "2.0 MB".
[[nodiscard]] std::string format_size(std::uint64_t bytes);

/// `shared`: the size in bytes of the chunks that routes share.
void print_build_summary(const dev::BuiltProject& built, std::uint64_t shared, std::ostream& out);

}  // namespace millrace::cli
