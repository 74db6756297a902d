// BuildFiles finds the files below /_next/static: those of the build that is served, and those of
// other builds that are kept. Pages that were loaded before a deploy still request the latter.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/compressed_files.hpp"
#include "gateway/found_file.hpp"
#include "gateway/public_files.hpp"

namespace millrace::gateway {

/// Returns the value of the query parameter `dpl`, in which Next.js's clients name the deployment
/// that a file belongs to; empty without one.
[[nodiscard]] std::string_view deployment_in(std::string_view query);

class BuildFiles {
 public:
  BuildFiles() = default;
  /// `build`: the folder of the build that is served. `others`: the folders of other builds, whose
  /// names are those of their deployments; the first one that has a file is used. Lists all
  /// folders.
  BuildFiles(const std::filesystem::path& build, const std::vector<std::filesystem::path>& others);

  /// Returns the file for a normalised path below /_next/static (still percent-encoded, beginning
  /// with '/'): of the build named `deployment` if it has the file, otherwise of the build that is
  /// served, otherwise of another one. Looks at the disk for files of other builds, which are
  /// removed in time. The file may be gone by the time it is opened.
  [[nodiscard]] std::optional<FoundFile> find(std::string_view path,
                                              std::string_view deployment) const;

  /// Not empty: the reason why the files of the build that is served could not be listed.
  [[nodiscard]] const std::string& failure() const { return own_.files.failure(); }

 private:
  /// The files of one build.
  struct Folder {
    explicit Folder(const std::filesystem::path& build);
    [[nodiscard]] std::optional<FoundFile> find(std::string_view path) const;

    /// The name of the build.
    std::string deployment;
    PublicFiles files;
    CompressedFiles compressed;
  };

  Folder own_{std::filesystem::path()};
  std::vector<Folder> others_;
};

}  // namespace millrace::gateway
