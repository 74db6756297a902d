#include "millrace/log.hpp"

#include <iostream>
#include <string>

namespace millrace {

namespace {

/// What a client sent may stand in a text, and is not to look like a line of another request.
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

void Log::say(LogLevel level, std::string_view text) const {
  std::string line = "[" + id_ + "] ";
  append_one_line(line, text);
  if (call_ != nullptr) return call_->log(level, line);
  line.push_back('\n');
  std::cerr << line;
}

}  // namespace millrace
