// The settings of a server's logs, as data.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace millrace::observe {

/// How the server writes its own messages and those of the project's code.
enum class LogFormat : std::uint8_t { text, json };

enum class AccessFormat : std::uint8_t {
  off,
  /// The Common Log Format, followed by Millrace's own values as name=value.
  common,
  json,
};

struct LogSettings {
  LogFormat format = LogFormat::text;
  AccessFormat access = AccessFormat::off;
  /// Absolute paths; empty: standard output, and standard error for warnings and errors.
  std::string file = {};
  std::string access_file = {};
  /// Query parameters whose values are not logged, in lower case.
  std::vector<std::string> mask = {};
};

}  // namespace millrace::observe
