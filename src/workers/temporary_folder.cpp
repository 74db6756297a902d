#include "workers/temporary_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <utility>

namespace millrace::workers {

namespace fs = std::filesystem;

namespace {

/// Locks the folder; an empty descriptor where it is locked already, or is no folder of this user.
base::UniqueFd lock(const fs::path& folder) {
  base::UniqueFd opened(
      ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat found {};
  if (!opened || ::fstat(opened.get(), &found) != 0 || found.st_uid != ::geteuid() ||
      ::flock(opened.get(), LOCK_EX | LOCK_NB) != 0) {
    return {};
  }
  return opened;
}

void remove_abandoned(const fs::path& parent) {
  std::error_code failed;
  std::size_t searched = 0;
  for (fs::directory_iterator entry(parent, failed);
       !failed && entry != fs::directory_iterator() && searched < TemporaryFolder::kMostSearched;
       entry.increment(failed), ++searched) {
    if (!entry->path().filename().string().starts_with(TemporaryFolder::kPrefix)) continue;
    std::error_code ignored;
    if (const base::UniqueFd locked = lock(entry->path())) fs::remove_all(entry->path(), ignored);
  }
}

}  // namespace

base::Result<TemporaryFolder> TemporaryFolder::make(const fs::path& parent) {
  remove_abandoned(parent);
  std::error_code failed;
  // Another server may take a folder for an abandoned one before it is locked here.
  constexpr int kAttempts = 10;
  for (int i = 0; i < kAttempts; ++i) {
    std::string name = (parent / (std::string(kPrefix) + "XXXXXX")).string();
    if (::mkdtemp(name.data()) == nullptr) break;
    base::UniqueFd locked = lock(name);
    const fs::path path = fs::canonical(name, failed);
    if (locked && !failed) return TemporaryFolder(path, std::move(locked));
    errno = failed ? failed.value() : EWOULDBLOCK;
    ::rmdir(name.c_str());
  }
  return base::Error::from_errno("cannot create a temporary folder for a sandbox", errno);
}

TemporaryFolder& TemporaryFolder::operator=(TemporaryFolder&& other) noexcept {
  if (this == &other) return *this;
  remove();
  path_ = std::exchange(other.path_, {});
  lock_ = std::move(other.lock_);
  return *this;
}

void TemporaryFolder::remove() {
  if (path_.empty()) return;
  std::error_code ignored;
  fs::remove_all(path_, ignored);
  path_.clear();
  lock_.reset();
}

}  // namespace millrace::workers
