// Lines for the server's log that carry the request's id, so that what belongs together can be found
// together.
#pragma once

#include <string>
#include <string_view>

#include "millrace/request.hpp"

namespace millrace {

/// Belongs to the handler, like the request it was made from. May be used on any thread. Each text
/// is one line: its line breaks come out as "\n".
class Log {
 public:
  explicit Log(const RequestHead& request) : call_(request.call()), id_(request.id()) {}

  void debug(std::string_view text) const { say(LogLevel::debug, text); }
  void info(std::string_view text) const { say(LogLevel::info, text); }
  void warn(std::string_view text) const { say(LogLevel::warn, text); }
  void error(std::string_view text) const { say(LogLevel::error, text); }

 private:
  void say(LogLevel level, std::string_view text) const;

  detail::Call* call_;
  std::string id_;
};

/// log(request).info("sent");
[[nodiscard]] inline Log log(const RequestHead& request) { return Log(request); }

}  // namespace millrace
