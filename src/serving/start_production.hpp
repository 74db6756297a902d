// `millrace start`: serves what `millrace build` made, until it is told to stop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "observe/log.hpp"
#include "workers/inspector.hpp"

namespace millrace::serving {

struct StartOptions {
  /// The project; absolute, without symbolic links.
  std::filesystem::path root;
  /// The program that runs JavaScript.
  std::filesystem::path node;
  /// share/millrace.
  std::filesystem::path share;
  /// The environment this process was started with.
  std::map<std::string, std::string> environment;
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

/// Serves; 0 after SIGINT or SIGTERM, 1 where it cannot begin, with the reason in the log.
int run_start(const StartOptions& options, observe::Log& log);

}  // namespace millrace::serving
