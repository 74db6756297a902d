// Parses the command line into a struct.
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
  doctor,
  help_config
};

/// The options of `millrace verify`.
struct VerifyOptions {
  /// The URL of the server to compare with; empty: the project's routes as its own `next build`
  /// compiles them.
  std::string against;
  /// The URL of a running Millrace; empty: one is started.
  std::string url;
  /// The engine of Millrace's routes where they are compared with the engine next: "light" or
  /// "auto".
  std::string engine = "light";
  /// Files with requests; empty: requests derived from the project's routes.
  std::vector<std::string> requests;
  /// Patterns of differences that are allowed.
  std::vector<std::string> allow;
  std::vector<std::string> allow_files;
  /// Timeout for one response in seconds.
  std::uint32_t timeout = 30;
  bool json = false;
};

/// What `millrace start` logs; empty: as millrace.toml says.
struct LogOptions {
  /// "text" or "json".
  std::string format;
  /// "off", "common" or "json".
  std::string access;
};

/// Where `millrace build` puts what it makes.
struct BuildPlaces {
  /// Do not make the new build current.
  bool aside = false;
  /// The folder to make that can be served without the project, relative to the working directory;
  /// empty: .millrace/standalone of the project; absent: none.
  std::optional<std::string> standalone = std::nullopt;
};

/// How a server offers itself to its clients.
struct Service {
  /// For dev: speak HTTPS with a certificate of this machine.
  bool https = false;
  /// For start: take over from the server that runs.
  bool takeover = false;
};

struct Arguments {
  Command command = Command::dev;
  std::string directory = ".";
  std::uint16_t port = 3000;
  /// Empty: the command's default.
  std::string hostname;
  /// Empty: the Node.js that Millrace contains.
  std::string node;
  /// 0: the command's default.
  std::size_t workers = 0;
  /// The address at which debuggers connect to workers.
  std::optional<workers::InspectorAddress> inspector;
  /// For dev: milliseconds between two polls of the files; 0: the default interval; absent: files
  /// are polled where the file system or next.config requires it.
  std::optional<std::uint32_t> poll;
  /// In seconds; 0: the default.
  std::uint32_t keep_alive = 0;
  /// For dev and start: the URL of the upstream; empty: as millrace.toml says.
  std::string upstream;
  LogOptions logs;
  OutputFormat format = OutputFormat::text;
  Service service;
  /// For build: "auto", "light", "next", or empty: the engine of millrace.toml.
  std::string engine;
  BuildPlaces places;
  /// For start: a build's name; empty: the current one.
  std::string build;
  /// For snapshot: the process id of a worker.
  std::int64_t pid = 0;
  /// For env: "development", "production" or "test".
  std::string mode = "development";
  VerifyOptions verify;
  /// For help_config: a key of millrace.toml; empty for all.
  std::string key;
};

struct ParsedArguments {
  /// Absent where the process must exit now with `exit_code`: all output has been printed.
  std::optional<Arguments> arguments;
  int exit_code = 0;
};

/// Prints help and version on standard output, errors on standard error. `port_variable`: the value
/// of PORT, null where it is not set.
[[nodiscard]] ParsedArguments parse_arguments(int count, const char* const* values,
                                              const char* port_variable);

}  // namespace millrace::cli
