// Recognizes the metadata files of app: robots, sitemap, manifest, favicon, and the icons and
// images of a segment, as static files or as functions that generate them. Determines which names
// are valid in which folder, and their paths; the builder receives the result.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "project/route.hpp"

namespace millrace::project {

/// A metadata file.
struct MetadataFile {
  MetadataKind kind = MetadataKind::robots;
  /// Whether it is a module that generates the content; else the file is static.
  bool is_module = false;
  /// The last segment of the path, "robots.txt".
  std::string segment;
  /// The export by which one file defines several routes, "generateSitemaps"; empty where the kind
  /// has none.
  std::string_view lister;
};

/// Returns what the file `name` in `folder` is, or none where its name has no meaning there.
/// `folder` is relative to app, with forward slashes and without a trailing one ("" for app
/// itself). `page_extensions`: those of modules, without dots. Next.js: docs, file conventions,
/// metadata files; which names are valid where follows Turbopack.
[[nodiscard]] std::optional<MetadataFile> metadata_file_of(
    std::string_view folder, std::string_view name, std::span<const std::string> page_extensions);

/// Returns the segment that replaces `file.segment` where the file exports its lister:
/// "sitemap/[__metadata_id__]".
[[nodiscard]] std::string listed_segment(const MetadataFile& file);

}  // namespace millrace::project
