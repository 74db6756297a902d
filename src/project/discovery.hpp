// Discovery walks a project's folders and finds the routes that Next.js would: pages/api/**,
// app/**/route.* and the metadata files of app (robots, sitemap, icons …), under the root or under src/. It refuses what Next.js refuses, with its words,
// and names the files.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "project/route.hpp"

namespace millrace::project {

/// Where a project keeps its routers; an empty path where it has none.
struct RouterFolders {
  std::filesystem::path pages;
  std::filesystem::path app;
};

/// pages and app of `root`, else of `root`/src, each by itself, as Next.js's findPagesDir.
/// Error: conflict, when the two lie in different folders, which Next.js refuses.
[[nodiscard]] base::Result<RouterFolders> find_router_folders(const std::filesystem::path& root);

/// The routes of the project at `root`, sorted by path as Next.js sorts them (static before
/// [single] before [...catch-all] at each segment). What only a build knows is left out.
/// `page_extensions`: without dots, the preferred one first. A project without routes gives none. Reads folders, and of files only the functions for sitemaps and pictures, which may
/// make many routes of one. Errors: not_found (no such project), conflict and
/// invalid (routes that Next.js refuses; the text names the files), system.
[[nodiscard]] base::Result<std::vector<Route>> discover_routes(
    const std::filesystem::path& root, std::span<const std::string> page_extensions);

/// The pages of the project at `root`, sorted by file, relative to it: they are no routes. Errors as
/// of discover_routes().
[[nodiscard]] base::Result<std::vector<std::string>> discover_pages(
    const std::filesystem::path& root, std::span<const std::string> page_extensions);

}  // namespace millrace::project
