// `millrace build`: prints the progress and the result of a build.
#pragma once

#include <cstdint>
#include <iosfwd>

#include "serving/production_build.hpp"

namespace millrace::cli {

/// Whether the output can be overwritten.
enum class Terminal : std::uint8_t { no, yes };

/// Builds and prints; returns 0, or 1 with the errors on `err`. `terminal`: whether `out` is a
/// terminal.
int run_build(serving::ProductionBuildOptions options, Terminal terminal, std::ostream& out,
              std::ostream& err);

}  // namespace millrace::cli
