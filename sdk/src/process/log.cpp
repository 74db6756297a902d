#include "millrace/log.hpp"

#include <iostream>
#include <string>

namespace millrace {

namespace {

/// Escapes line breaks: a text can contain data of a client, which must not forge a line of another
/// request.
void append_one_line(std::string& line, std::string_view text) {
  for (const char letter : text) {
    if (letter == '\n') {
      line.append("\\n");
    } else if (letter == '\r') {
      line.append("\\r");
    } else {
      line.push_back(letter);
    }
  }
}

}  // namespace

void Log::write(LogLevel level, std::string_view text) const {
  std::string line = "[" + id_ + "] ";
  append_one_line(line, text);
  if (call_ != nullptr) return call_->log(level, line);
  line.push_back('\n');
  std::cerr << line;
}

}  // namespace millrace
