#include "dev/file_tree_poll.hpp"

#include <sys/stat.h>
#include <sys/vfs.h>

#include <algorithm>
#include <array>
#include <system_error>
#include <utility>

namespace millrace::dev {

namespace fs = std::filesystem;

namespace {

/// Entries that are checked in one turn of the loop: where each takes a millisecond over a network,
/// requests are still handled.
constexpr std::size_t kSlice = 64;

using FileSystem = std::pair<std::uint64_t, std::string_view>;

/// File systems by the type that statfs(2) returns.
constexpr std::array<FileSystem, 13> kUnreported = {{{0x6969, "nfs"},
                                                     {0x517B, "smb"},
                                                     {0xFE534D42, "smb2"},
                                                     {0xFF534D42, "cifs"},
                                                     {0x01021997, "9p"},
                                                     {0x65735546, "fuse"},
                                                     {0x73757245, "coda"},
                                                     {0x5346414F, "afs"},
                                                     {0x00C36400, "ceph"},
                                                     {0x564C, "ncp"},
                                                     {0x786F4256, "vboxsf"},
                                                     {0xBACBACBC, "vmhgfs"},
                                                     {0x794C7630, "overlay"}}};

}  // namespace

std::optional<std::string_view> unreported_changes(const fs::path& folder) {
  struct statfs found {};
  if (::statfs(folder.c_str(), &found) != 0) return std::nullopt;
  const auto type = static_cast<std::uint64_t>(static_cast<std::uint32_t>(found.f_type));
  const auto* const known = std::find_if(kUnreported.begin(), kUnreported.end(),
                                         [type](const auto& one) { return one.first == type; });
  return known == kUnreported.end() ? std::nullopt : std::optional(known->second);
}

FileTreePoll::FileTreePoll(net::EventLoop& loop, Options options)
    : options_(std::move(options)), next_(loop, [this] { step(); }) {
  next_.set_after(std::chrono::milliseconds(0));
}

void FileTreePoll::add_folder(const fs::path& folder) {
  const std::string path = folder.string();
  const bool inside =
      path == options_.root.string() || path.starts_with(options_.root.string() + "/");
  if (inside || folders_.contains(path) || !fits(folders_.size())) return;
  folders_.insert(path);
  std::error_code failed;
  for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end;
       entry.increment(failed)) {
    mark_known(entry->path());
  }
}

void FileTreePoll::mark_known(const fs::path& path) {
  auto entry = read(path);
  if (!entry) {
    entries_.erase(path.string());
    return;
  }
  entry->seen = looks_;
  const std::string name = path.string();
  if (entries_.contains(name) || fits(entries_.size())) entries_.insert_or_assign(name, *entry);
}

bool FileTreePoll::fits(std::size_t count) {
  if (count < options_.max_entries) return true;
  overflowed_ = true;
  return false;
}

bool FileTreePoll::ignored(std::string_view name) const {
  return std::find(options_.ignored_names.begin(), options_.ignored_names.end(), name) !=
         options_.ignored_names.end();
}

std::optional<FileTreePoll::Entry> FileTreePoll::read(const fs::path& path) {
  struct stat link {};
  if (::lstat(path.c_str(), &link) != 0) return std::nullopt;
  struct stat found = link;
  // The target of a link determines its state; folders behind links are not read.
  if (S_ISLNK(link.st_mode) && ::stat(path.c_str(), &found) != 0) found = link;
  if (S_ISDIR(found.st_mode)) found = link;
  Entry entry;
  entry.directory = S_ISDIR(link.st_mode);
  entry.number = found.st_ino;
  if (entry.directory) return entry;
  constexpr std::int64_t kNanoseconds = 1'000'000'000;
  entry.written_at = std::int64_t{found.st_mtim.tv_sec} * kNanoseconds + found.st_mtim.tv_nsec;
  entry.size = static_cast<std::uint64_t>(found.st_size);
  return entry;
}

void FileTreePoll::step() {
  if (pending_.empty()) {
    ++looks_;
    pending_.push_back(options_.root);
    pending_.insert(pending_.end(), folders_.begin(), folders_.end());
  }
  looked_at_ = 0;
  while (!pending_.empty() && looked_at_ < kSlice) {
    const fs::path folder = std::move(pending_.back());
    pending_.pop_back();
    look_into(folder);
  }
  if (!pending_.empty()) return next_.set_after(std::chrono::milliseconds(0));
  finish();
}

void FileTreePoll::look_into(const fs::path& folder) {
  const bool below = !folders_.contains(folder.string());
  std::error_code failed;
  for (fs::directory_iterator place(folder, failed), end; !failed && place != end;
       place.increment(failed)) {
    const fs::path& path = place->path();
    ++looked_at_;
    const auto entry = read(path);
    if (!entry) continue;
    if (entry->directory && ignored(path.filename().native())) continue;
    see(path, *entry);
    if (entry->directory && below) pending_.push_back(path);
  }
}

void FileTreePoll::see(const fs::path& path, Entry entry) {
  entry.seen = looks_;
  const auto known = entries_.find(path.string());
  if (known == entries_.end()) {
    if (!fits(entries_.size())) return;
    entries_.emplace(path.string(), entry);
    if (looks_ == 1) return;
    changes_.push_back(
        {.kind = FileChange::Kind::appeared, .path = path, .directory = entry.directory});
    return;
  }
  const Entry before = std::exchange(known->second, entry);
  if (before.directory != entry.directory) {
    changes_.push_back(
        {.kind = FileChange::Kind::appeared, .path = path, .directory = entry.directory});
  } else if (!entry.directory && !before.same_file(entry)) {
    changes_.push_back({.kind = FileChange::Kind::written, .path = path, .directory = false});
  }
}

void FileTreePoll::finish() {
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    if (entry->second.seen == looks_) {
      ++entry;
      continue;
    }
    changes_.push_back({.kind = FileChange::Kind::gone,
                        .path = entry->first,
                        .directory = entry->second.directory});
    entry = entries_.erase(entry);
  }
  next_.set_after(options_.interval);
  const auto changes = std::exchange(changes_, {});
  if (!changes.empty()) options_.on_changes(changes);
}

}  // namespace millrace::dev
