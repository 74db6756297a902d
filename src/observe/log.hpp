// Log writes the messages of the server and its workers: as lines of text, or as JSON objects with
// time, level, message and, where a line is about a request, its id, trace and route. Information
// goes to standard output, warnings and errors to standard error; or both to a file.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>

#include "base/result.hpp"
#include "observe/log_settings.hpp"
#include "observe/request_record.hpp"

namespace millrace::observe {

enum class Level : std::uint8_t { debug, info, warn, error };

/// Who has written a message.
enum class LogSource : std::uint8_t { server, project };

/// Can be used from any thread.
class Log {
 public:
  /// `colours` allows colours; a stream that is not a terminal never gets them. Writes text until
  /// configure() is called.
  explicit Log(bool colours);
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;
  ~Log();

  /// Applies settings from now on. Where the file cannot be opened, nothing changes.
  [[nodiscard]] base::Result<void> configure(const LogSettings& settings);

  /// Opens the log file anew, if there is one; see LogFile::reopen.
  [[nodiscard]] base::Result<void> reopen();

  /// Writes a message of the server, with a prefix for warnings and errors. The message can have
  /// several lines.
  void log(Level level, std::string_view text);
  /// The same for a message about a request.
  void log_of_request(Level level, std::string_view text, const LoggedRequest& request);

  /// Writes a line of the project's code, in text unchanged.
  void log_raw(Level level, std::string_view text);
  /// The same for a line that code of a handler has logged; in text it begins with the request's id,
  /// if there is one.
  void log_raw_of_request(Level level, std::string_view text, const LoggedRequest& request);

  /// Whether messages are JSON.
  [[nodiscard]] bool is_json() const;
  /// Whether information is written in colour: to a terminal, as text.
  [[nodiscard]] bool has_colours() const;

 private:
  struct Outputs;

  void write(Level level, LogSource source, std::string_view text, const LoggedRequest* request);
  [[nodiscard]] std::shared_ptr<const Outputs> outputs() const;

  bool colours_;
  mutable std::mutex mutex_;
  /// Replaced as a whole, so that a line is written with either settings.
  std::shared_ptr<const Outputs> outputs_;
};

}  // namespace millrace::observe
