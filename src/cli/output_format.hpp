// The output format of a command.
#pragma once

#include <cstdint>

namespace millrace::cli {

enum class OutputFormat : std::uint8_t {
  /// For people.
  text,
  /// For programs: `--json`.
  json,
};

}  // namespace millrace::cli
