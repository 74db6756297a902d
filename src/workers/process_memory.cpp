#include "workers/process_memory.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <string>
#include <string_view>

#include "base/unique_fd.hpp"

namespace millrace::workers {

std::uint64_t resident_memory(pid_t pid) {
  const std::string path = "/proc/" + std::to_string(pid) + "/statm";
  const base::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return 0;
  std::array<char, 128> text{};
  const ssize_t got = ::read(file.get(), text.data(), text.size());
  if (got <= 0) return 0;
  // The format is "size resident shared …", in pages.
  std::string_view rest(text.data(), static_cast<std::size_t>(got));
  rest.remove_prefix(std::min(rest.find(' ') + 1, rest.size()));
  std::uint64_t pages = 0;
  std::from_chars(rest.data(), rest.data() + rest.size(), pages);
  static const auto page_size = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  return pages * page_size;
}

}  // namespace millrace::workers
