#include "observe/journal.hpp"

#include <sys/stat.h>

#include <cstddef>

namespace millrace::observe {

bool goes_to_journal(int descriptor, const char* variable) {
  if (variable == nullptr) return false;
  struct stat found {};
  if (::fstat(descriptor, &found) != 0) return false;
  return std::to_string(found.st_dev) + ":" + std::to_string(found.st_ino) == variable;
}

std::string with_priority(std::string_view text, char priority) {
  const std::string prefix{'<', priority, '>'};
  std::string prefixed;
  prefixed.reserve(text.size() + prefix.size());
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::size_t size = end == std::string_view::npos ? text.size() : end + 1;
    prefixed.append(prefix).append(text.substr(0, size));
    text.remove_prefix(size);
  }
  return prefixed;
}

}  // namespace millrace::observe
