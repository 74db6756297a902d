// The command line, as text in and as data out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "workers/inspector.hpp"

namespace millrace::cli {

enum class Command : std::uint8_t {
  dev,
  build,
  start,
  routes,
  env,
  ps,
  reload,
  snapshot,
  rollback,
  builds
};

struct Arguments {
  Command command = Command::dev;
  std::string directory = ".";
  std::uint16_t port = 3000;
  /// Empty: the command's default.
  std::string hostname;
  /// Empty: the node that Millrace brings along.
  std::string node;
  /// 0: the command's default.
  std::size_t workers = 0;
  /// Where a debugger of workers may connect.
  std::optional<workers::InspectorAddress> inspector;
  /// Seconds; 0: the default.
  std::uint32_t keep_alive = 0;
  bool json = false;
  bool takeover = false;
  /// For snapshot: a worker's process.
  std::int64_t pid = 0;
  /// For env: "development", "production" or "test".
  std::string mode = "development";
};

struct ParsedArguments {
  /// Absent where the process should end now with `exit_code`: everything has been said.
  std::optional<Arguments> arguments;
  int exit_code = 0;
};

/// Prints help and version on standard output, errors on standard error. `port_variable`: the value
/// of PORT, null where it is not set.
[[nodiscard]] ParsedArguments parse_arguments(int count, const char* const* values,
                                              const char* port_variable);

}  // namespace millrace::cli
