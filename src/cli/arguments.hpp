// The command line, as text in and as data out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/output_format.hpp"
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
  builds,
  verify,
  help_config
};

/// What the command line says of a comparison.
struct VerifyOptions {
  /// URL of the server to compare with; empty: the project's routes as its own next build compiles them.
  std::string against;
  /// URL of Millrace; empty: it is started.
  std::string url;
  /// What compiles Millrace's routes where the other server is the engine next: "light" or "auto".
  std::string engine = "light";
  /// Files of requests; none: those of the project's routes.
  std::vector<std::string> requests;
  /// Patterns of differences that are let through.
  std::vector<std::string> allow;
  std::vector<std::string> allow_files;
  /// Seconds for one response.
  std::uint32_t timeout = 30;
  bool json = false;
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
  OutputFormat format = OutputFormat::text;
  bool takeover = false;
  /// For build: "auto", "light", "next", or empty: as millrace.toml says.
  std::string engine;
  /// For build: leave the current build current.
  bool aside = false;
  /// For start: a build's name; empty: the current one.
  std::string build;
  /// For snapshot: a worker's process.
  std::int64_t pid = 0;
  /// For env: "development", "production" or "test".
  std::string mode = "development";
  VerifyOptions verify;
  /// For help_config: the key of millrace.toml that is asked for; empty for all.
  std::string key;
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
