#include "millrace/log.hpp"

#include <iostream>
#include <string>

namespace millrace {

void Log::say(LogLevel level, std::string_view text) const {
  std::string line = "[" + id_ + "] ";
  line.append(text);
  if (call_ != nullptr) return call_->log(level, line);
  line.push_back('\n');
  std::cerr << line;
}

}  // namespace millrace
