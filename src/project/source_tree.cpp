#include "project/source_tree.hpp"

#include <algorithm>
#include <optional>
#include <system_error>

namespace millrace::project {

namespace {

namespace fs = std::filesystem;

class Walk {
 public:
  Walk(const std::function<bool(std::string_view)>& ignored, std::vector<std::string>& files)
      : ignored_(ignored), files_(files) {}

  std::optional<base::Error> enter(const fs::path& folder, const std::string& prefix) {
    std::error_code failed;
    const fs::path real = fs::canonical(folder, failed);
    // Removed in the meantime, which is not an error, as in Next.js.
    if (failed == std::errc::no_such_file_or_directory) return std::nullopt;
    if (failed) return unreadable(folder, failed);
    if (std::find(above_.begin(), above_.end(), real) != above_.end()) return std::nullopt;
    above_.push_back(real);
    fs::directory_iterator entries(folder, failed);
    for (; !failed && entries != fs::directory_iterator(); entries.increment(failed)) {
      const std::string name = entries->path().filename().string();
      if (ignored_(name)) continue;
      std::error_code dangling;
      const fs::file_status status = entries->status(dangling);
      if (fs::is_directory(status)) {
        if (auto error = enter(entries->path(), prefix + name + "/")) return error;
      } else if (fs::exists(status)) {
        files_.push_back(prefix + name);
      }
    }
    above_.pop_back();
    if (failed && failed != std::errc::no_such_file_or_directory) return unreadable(folder, failed);
    return std::nullopt;
  }

 private:
  static base::Error unreadable(const fs::path& folder, const std::error_code& why) {
    return base::Error::from_errno("cannot read the folder " + folder.string(), why.value());
  }

  const std::function<bool(std::string_view)>& ignored_;
  std::vector<std::string>& files_;
  std::vector<fs::path> above_;
};

}  // namespace

base::Result<std::vector<std::string>> files_below(
    const fs::path& folder, const std::function<bool(std::string_view name)>& ignored) {
  std::vector<std::string> files;
  if (auto error = Walk(ignored, files).enter(folder, "")) return *std::move(error);
  std::sort(files.begin(), files.end());
  return files;
}

std::optional<std::string_view> stem_of(std::string_view name,
                                        std::span<const std::string> extensions) {
  std::size_t longest = 0;
  for (const std::string& extension : extensions) {
    const bool fits = name.size() > extension.size() && name.ends_with(extension) &&
                      name[name.size() - extension.size() - 1] == '.';
    if (fits) longest = std::max(longest, extension.size() + 1);
  }
  if (longest == 0) return std::nullopt;
  return name.substr(0, name.size() - longest);
}

}  // namespace millrace::project
