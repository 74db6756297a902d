// Files of app whose names alone make them routes: robots, sitemap, manifest, favicon and the
// icons and images of a segment, as files to be sent or as functions that make them. Here is which
// names count, where, and the path that each answers; the builder is told what a file is.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "project/route.hpp"

namespace millrace::project {

/// A file that counts as metadata.
struct MetadataFile {
  MetadataKind kind = MetadataKind::robots;
  /// Whether it is a function that makes what is sent; else the file is sent as it is.
  bool is_module = false;
  /// The path's last segment, "robots.txt".
  std::string segment;
  /// The export that makes one route of many, "generateSitemaps"; empty where the kind has none.
  std::string_view lister;
};

/// What the file `name` in `folder` is, which is relative to app, with forward slashes and without
/// a slash at its end ("" for app itself); none where its name means nothing there.
/// `page_extensions`: without dots, those of files that are functions.
/// Next.js: docs, file conventions, metadata files; but what counts where is Turbopack's doing.
[[nodiscard]] std::optional<MetadataFile> metadata_file_of(
    std::string_view folder, std::string_view name, std::span<const std::string> page_extensions);

/// What stands in place of `file.segment` where the file exports its lister:
/// "sitemap/[__metadata_id__]".
[[nodiscard]] std::string listed_segment(const MetadataFile& file);

}  // namespace millrace::project
