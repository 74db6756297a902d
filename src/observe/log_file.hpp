// LogFile is a file to which lines are appended, and which can be opened anew after another program
// has moved it away (log rotation).
#pragma once

#include <string>
#include <utility>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace millrace::observe {

/// Belongs to one thread; its descriptor can be written to from any.
class LogFile {
 public:
  /// Opens `path` to append, and creates it (0640) where it does not exist. Its folder must exist.
  [[nodiscard]] static base::Result<LogFile> open(std::string path);

  /// Opens the path again. The descriptor keeps its number, so that a thread that writes to it
  /// writes to the new file from then on. Where that fails the old file stays open.
  [[nodiscard]] base::Result<void> reopen();

  [[nodiscard]] int descriptor() const { return descriptor_.get(); }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  LogFile(std::string path, base::UniqueFd descriptor)
      : path_(std::move(path)), descriptor_(std::move(descriptor)) {}

  std::string path_;
  base::UniqueFd descriptor_;
};

}  // namespace millrace::observe
