// The options of `millrace start`: which project to serve, where to listen, and with which limits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "serving/runtime.hpp"
#include "serving/server_logs.hpp"
#include "workers/inspector.hpp"

namespace millrace::serving {

struct ProductionOptions {
  Runtime runtime;
  /// For debugging workers that run JavaScript; null for none.
  std::shared_ptr<workers::Inspector> inspector;
  /// As for net::bind_sockets.
  std::string host;
  std::uint16_t port = 3000;
  /// The maximum number of workers; 0: as many as the machine has cores, at least one.
  std::size_t workers = 0;
  /// In seconds; 0: as millrace.toml says.
  std::uint32_t keep_alive = 0;
  /// The URL of the upstream; empty: as millrace.toml says.
  std::string upstream;
  /// Takes over the listening sockets of the project's server on the port, and makes that server
  /// drain when this one is ready.
  bool takeover = false;
  /// What the command line says about logs.
  LogOverrides logs;
  /// The build's name; empty for the current build.
  std::string build;
};

}  // namespace millrace::serving
