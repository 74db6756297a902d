// Lines for the server's log that carry the request's id, by which the lines of one request can be
// found.
#pragma once

#include <string>
#include <string_view>

#include "millrace/request.hpp"

namespace millrace {

/// Belongs to the handler, like the request it is created from. Can be used on any thread. Each
/// text becomes one line: its line breaks are written as "
/// ".
class Log {
 public:
  explicit Log(const RequestHead& request) : call_(request.call()), id_(request.id()) {}

  void debug(std::string_view text) const { write(LogLevel::debug, text); }
  void info(std::string_view text) const { write(LogLevel::info, text); }
  void warn(std::string_view text) const { write(LogLevel::warn, text); }
  void error(std::string_view text) const { write(LogLevel::error, text); }

 private:
  void write(LogLevel level, std::string_view text) const;

  detail::Call* call_;
  std::string id_;
};

/// log(request).info("sent");
[[nodiscard]] inline Log log(const RequestHead& request) { return Log(request); }

}  // namespace millrace
