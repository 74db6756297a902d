// PublicFiles finds the files of a project's public/ folder, which are served at the root of the
// site as in Next.js. In production the folder is listed once, so that a request for a route costs
// no system call; in development each request looks at the disk.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

namespace millrace::gateway {

class PublicFiles {
 public:
  PublicFiles() = default;
  /// `folder` need not exist. `live`: do not list it now.
  PublicFiles(std::filesystem::path folder, bool live);

  /// The file for a normalised request path (still percent-encoded, beginning with '/'), if it is
  /// one of ours. The file may be gone by the time it is opened.
  [[nodiscard]] std::optional<std::filesystem::path> find(std::string_view path) const;

  /// Not empty: why the folder could not be listed whole. What is missing then cannot be told from what
  /// is not there.
  [[nodiscard]] const std::string& failure() const { return failure_; }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };

  std::filesystem::path folder_;
  bool live_ = false;
  std::string failure_;
  /// Decoded paths, each beginning with '/'.
  std::unordered_set<std::string, Hash, std::equal_to<>> listed_;
};

}  // namespace millrace::gateway
