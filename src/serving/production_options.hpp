// What `millrace start` is told: which project to serve, where to listen, what with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "serving/runtime.hpp"
#include "workers/inspector.hpp"

namespace millrace::serving {

struct ProductionOptions {
  Runtime runtime;
  /// For a debugger of the workers that run JavaScript; null for none.
  std::shared_ptr<workers::Inspector> inspector;
  /// As net::bind_sockets takes it.
  std::string host;
  std::uint16_t port = 3000;
  /// 0: as many as the machine has cores at most, one at least.
  std::size_t workers = 0;
  /// Seconds; 0: as millrace.toml says.
  std::uint32_t keep_alive = 0;
  /// Take the listening sockets of the project's server that runs on the port, and have it end when
  /// this one is ready.
  bool takeover = false;
  /// The build's name; empty: the current one.
  std::string build;
};

}  // namespace millrace::serving
