#include "observe/log_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace millrace::observe {

namespace {

base::Result<base::UniqueFd> open_to_append(const std::string& path) {
  constexpr mode_t kMode = 0640;
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, kMode);
  if (descriptor < 0) return base::Error::from_errno("cannot open the log file " + path, errno);
  return base::UniqueFd(descriptor);
}

}  // namespace

base::Result<LogFile> LogFile::open(std::string path) {
  auto descriptor = open_to_append(path);
  if (!descriptor) return descriptor.error();
  return LogFile(std::move(path), std::move(descriptor).value());
}

base::Result<void> LogFile::reopen() {
  auto fresh = open_to_append(path_);
  if (!fresh) return fresh.error();
  if (::dup3(fresh->get(), descriptor_.get(), O_CLOEXEC) < 0) {
    return base::Error::from_errno("cannot open the log file " + path_ + " again", errno);
  }
  return {};
}

}  // namespace millrace::observe
