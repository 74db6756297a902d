// PublicFiles finds the files of a project's public/ folder, which are served at the root of the
// site as in Next.js. In production the folder is listed once, so that a request for a route costs
// no system call; in development each request reads the disk.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

namespace millrace::gateway {

class PublicFiles {
 public:
  PublicFiles() = default;
  /// `folder` need not exist. `live`: look at the disk for each request instead of listing the
  /// folder now.
  PublicFiles(std::filesystem::path folder, bool live);

  /// Sets a folder out of which no link may lead. The files are opened accordingly, not found.
  void keep_links_within(std::filesystem::path folder) { links_within_ = std::move(folder); }
  /// Returns that folder; null where links lead anywhere.
  [[nodiscard]] const std::filesystem::path* links_within() const {
    return links_within_.empty() ? nullptr : &links_within_;
  }

  /// Returns the file for a normalised request path (still percent-encoded, beginning with '/'), if
  /// there is one. The file may be gone by the time it is opened.
  [[nodiscard]] std::optional<std::filesystem::path> find(std::string_view path) const;

  /// Returns the decoded path in the folder, beginning with '/', of a file that find() returned.
  [[nodiscard]] std::string_view name_of(const std::filesystem::path& file) const {
    return std::string_view(file.native()).substr(folder_.native().size());
  }

  /// Not empty: the reason why the folder could not be listed completely. A file that is not listed
  /// may then exist all the same.
  [[nodiscard]] const std::string& failure() const { return failure_; }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };

  std::filesystem::path folder_;
  std::filesystem::path links_within_;
  bool live_ = false;
  std::string failure_;
  /// Decoded paths, each beginning with '/'.
  std::unordered_set<std::string, Hash, std::equal_to<>> listed_;
};

}  // namespace millrace::gateway
