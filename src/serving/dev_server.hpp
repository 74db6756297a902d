// `millrace dev`: serves a project while it is being worked on. Each save that matters is built and
// swapped in; requests that come in between wait and see the new code.
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

struct DevOptions {
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
  std::string host = "localhost";
  std::uint16_t port = 3000;
  std::size_t workers = 1;
};

/// Serves until SIGINT or SIGTERM; 0 then, 1 with the reason in the log where it cannot begin.
int run_dev(const DevOptions& options, observe::Log& log);

}  // namespace millrace::serving
