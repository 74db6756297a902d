// The environment of workers in development: the server's own, with the values from the project's
// env files after each build. Running workers receive the changes.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "project/environment.hpp"

namespace millrace::serving {

/// Belongs to one thread.
class DevEnvironment {
 public:
  struct Update {
    /// The complete environment, "NAME=value" each, for workers that start from now on.
    std::vector<std::string> lines;
    /// A JSON object with variables to set in running workers (null removes one); empty for none.
    std::string changes;
  };

  /// `server` holds the variables of this process.
  explicit DevEnvironment(std::map<std::string, std::string> server) : server_(std::move(server)) {}

  /// Returns the workers' environment after a build that has read `files`. The changes contain
  /// every name that a file has ever set, so that a worker that missed a load catches up with the
  /// next one. `port` is the port the server listens on; a PORT in the files does not change it.
  [[nodiscard]] Update update(const project::Environment& files, std::uint16_t port);

 private:
  std::map<std::string, std::string> server_;
  std::set<std::string> names_from_files_;
};

}  // namespace millrace::serving
