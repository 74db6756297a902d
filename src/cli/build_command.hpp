// `millrace build`: shows what is being done, and what came out of it.
#pragma once

#include <cstdint>
#include <iosfwd>

#include "serving/production_build.hpp"

namespace millrace::cli {

/// Whether progress may overwrite itself.
enum class Terminal : std::uint8_t { no, yes };

/// Builds and prints; returns 0, or 1 with the reasons on `err`. `terminal`: whether `out` is one.
int run_build(serving::ProductionBuildOptions options, Terminal terminal, std::ostream& out,
              std::ostream& err);

}  // namespace millrace::cli
