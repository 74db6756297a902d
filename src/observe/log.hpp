// Log is where the server and its workers say what happens: one line a message, what went well on
// standard output, warnings and errors on standard error, in colour on a terminal only.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

namespace spdlog {
class logger;
}

namespace millrace::observe {

enum class Level : std::uint8_t { debug, info, warn, error };

/// Any thread.
class Log {
 public:
  /// `colours`: whether they are wanted at all; a stream that is no terminal never gets any.
  explicit Log(bool colours);
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;
  ~Log();

  /// A message of the server's own, with a mark for warnings and errors. It may have many lines.
  void say(Level level, std::string_view text);

  /// A line of a user's code, as it is.
  void pass_on(Level level, std::string_view text);

 private:
  std::unique_ptr<spdlog::logger> output_;
  std::unique_ptr<spdlog::logger> errors_;
  std::unique_ptr<spdlog::logger> raw_output_;
  std::unique_ptr<spdlog::logger> raw_errors_;
};

}  // namespace millrace::observe
