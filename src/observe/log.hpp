// Log writes the messages of the server and its workers, one per line: information to standard
// output, warnings and errors to standard error. Colours are used on a terminal only.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

namespace spdlog {
class logger;
}

namespace millrace::observe {

enum class Level : std::uint8_t { debug, info, warn, error };

/// Can be used from any thread.
class Log {
 public:
  /// `colours` allows colours; a stream that is not a terminal never gets them.
  explicit Log(bool colours);
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;
  ~Log();

  /// Writes a message of the server, with a prefix for warnings and errors. The message can have
  /// several lines.
  void log(Level level, std::string_view text);

  /// Writes a line of the project's code, unchanged.
  void log_raw(Level level, std::string_view text);

 private:
  std::unique_ptr<spdlog::logger> output_;
  std::unique_ptr<spdlog::logger> errors_;
  std::unique_ptr<spdlog::logger> raw_output_;
  std::unique_ptr<spdlog::logger> raw_errors_;
};

}  // namespace millrace::observe
