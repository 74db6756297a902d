#include "project/builds.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <system_error>
#include <utility>

namespace millrace::project {

namespace fs = std::filesystem;
using base::Error;
using base::ErrorCode;
using base::Result;

namespace {

constexpr const char* kInUse = "in-use";

fs::path folder_of(const fs::path& root) { return root / ".millrace"; }
fs::path pointer_of(const fs::path& root) { return folder_of(root) / "current"; }

std::optional<BuildFolder> build_at(const fs::path& path) {
  BuildFolder build{.number = 0, .name = path.filename().string(), .path = path};
  const char* const end = build.name.data() + build.name.size();
  const auto [rest, error] = std::from_chars(build.name.data(), end, build.number);
  if (error != std::errc{} || rest == end || *rest != '-') return std::nullopt;
  return build;
}

bool is_in_use(const fs::path& build) {
  const base::UniqueFd file(::open((build / kInUse).c_str(), O_RDONLY | O_CLOEXEC));
  return file && ::flock(file.get(), LOCK_EX | LOCK_NB) != 0;
}

}  // namespace

std::vector<BuildFolder> list_builds(const fs::path& root) {
  std::vector<BuildFolder> builds;
  std::error_code failed;
  const fs::path current = fs::canonical(pointer_of(root), failed);
  for (const auto& entry : fs::directory_iterator(folder_of(root) / "builds", failed)) {
    auto build = build_at(entry.path());
    if (!build || !fs::exists(build->path / "manifest.json", failed)) continue;
    build->current = fs::canonical(build->path, failed) == current;
    builds.push_back(*std::move(build));
  }
  std::sort(builds.begin(), builds.end(),
            [](const BuildFolder& a, const BuildFolder& b) { return a.number < b.number; });
  return builds;
}

std::vector<fs::path> other_builds(const fs::path& root, const fs::path& build) {
  std::vector<fs::path> others;
  const std::vector<BuildFolder> builds = list_builds(root);
  for (auto at = builds.rbegin(); at != builds.rend() && others.size() < kKeptBuilds; ++at) {
    if (at->name != build.filename()) others.push_back(at->path);
  }
  return others;
}

Result<BuildLock> BuildLock::take(const fs::path& root) {
  std::error_code failed;
  fs::create_directories(folder_of(root), failed);
  const fs::path path = folder_of(root) / "build.lock";
  base::UniqueFd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!file) return Error::from_errno("cannot open " + path.string(), errno);
  if (::flock(file.get(), LOCK_EX | LOCK_NB) == 0) return BuildLock(std::move(file));
  if (errno != EWOULDBLOCK) return Error::from_errno("cannot lock " + path.string(), errno);
  return Error(ErrorCode::conflict, "another build of " + root.string() +
                                        " is running; wait for it to finish, then build again");
}

fs::path next_build(const fs::path& root, const std::string& build_id) {
  // Folders of incomplete builds count too, so that no number is used twice.
  std::uint64_t newest = 0;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(folder_of(root) / "builds", failed)) {
    if (const auto build = build_at(entry.path())) newest = std::max(newest, build->number);
  }
  return folder_of(root) / "builds" / (std::to_string(newest + 1) + "-" + build_id);
}

Result<void> make_current(const fs::path& root, const fs::path& build) {
  const fs::path draft = folder_of(root) / "current.draft";
  std::error_code failed;
  fs::remove(draft, failed);
  fs::create_directory_symlink(fs::path("builds") / build.filename(), draft, failed);
  if (!failed) fs::rename(draft, pointer_of(root), failed);
  if (failed) {
    return Error(ErrorCode::system,
                 "cannot create " + pointer_of(root).string() + ": " + failed.message());
  }
  return {};
}

Result<fs::path> current_build(const fs::path& root) {
  std::error_code failed;
  fs::path build = fs::canonical(pointer_of(root), failed);
  if (failed) {
    return Error(ErrorCode::not_found,
                 "there is no build to serve: " + pointer_of(root).string() +
                     " does not exist. Run `millrace build` first, or `millrace dev` to work on "
                     "the project.");
  }
  return build;
}

Result<fs::path> named_build(const fs::path& root, std::string_view name) {
  std::string known;
  for (const BuildFolder& build : list_builds(root)) {
    if (build.name == name) return build.path;
    known.append(known.empty() ? "" : ", ").append(build.name);
  }
  return Error(ErrorCode::not_found, "there is no build " + std::string(name) + " in " +
                                         (folder_of(root) / "builds").string() +
                                         "; it contains: " + (known.empty() ? "none" : known));
}

Result<BuildFolder> roll_back(const fs::path& root) {
  const std::vector<BuildFolder> builds = list_builds(root);
  const auto current =
      std::find_if(builds.begin(), builds.end(), [](const auto& build) { return build.current; });
  if (current == builds.end() || current == builds.begin()) {
    return Error(ErrorCode::not_found, current == builds.end()
                                           ? "there is no current build: run `millrace build` first"
                                           : "there is no build before " + current->name + " in " +
                                                 (folder_of(root) / "builds").string());
  }
  BuildFolder before = *std::prev(current);
  if (auto made = make_current(root, before.path); !made) return made.error();
  before.current = true;
  return before;
}

void remove_old_builds(const fs::path& root, std::size_t kept) {
  const std::vector<BuildFolder> builds = list_builds(root);
  for (std::size_t i = 0; i + kept < builds.size(); ++i) {
    std::error_code failed;
    if (!builds[i].current && !is_in_use(builds[i].path)) fs::remove_all(builds[i].path, failed);
  }
}

BuildInUse::BuildInUse(const fs::path& build)
    : file_(::open((build / kInUse).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)) {
  if (file_) ::flock(file_.get(), LOCK_SH | LOCK_NB);
}

}  // namespace millrace::project
