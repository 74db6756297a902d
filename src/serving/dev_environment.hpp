// The environment of workers in development: that of the server, with what the project's environment
// files say after each build. Running workers are told what has changed.
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
    /// "NAME=value" each: the whole, for workers that start from now on.
    std::vector<std::string> lines;
    /// A JSON object of names to set in running workers (null removes); empty for none.
    std::string changes;
  };

  /// `server`: the variables of this process.
  explicit DevEnvironment(std::map<std::string, std::string> server) : server_(std::move(server)) {}

  /// Returns what the workers get after a build that has read `files`. The changes hold every name
  /// that a file has ever given, so that a worker that has missed a load catches up with the next.
  /// `port`: what the server listens on; a PORT of the files is not that.
  [[nodiscard]] Update update(const project::Environment& files, std::uint16_t port);

 private:
  std::map<std::string, std::string> server_;
  std::set<std::string> names_from_files_;
};

}  // namespace millrace::serving
