// Discovery finds a project's routes as Next.js does: pages/api/**, app/**/route.* and the metadata
// files of app (robots, sitemap, icons …), in the root or in src/. It rejects what Next.js rejects,
// with the messages of Next.js, and names the files.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "project/route.hpp"

namespace millrace::project {

/// The folders of a project's routers; an empty path where it does not have the router.
struct RouterFolders {
  std::filesystem::path pages;
  std::filesystem::path app;
};

/// Finds pages and app in `root`, else in `root`/src, each by itself, as Next.js's findPagesDir
/// does. Error: conflict, where they are in different folders, which Next.js rejects.
[[nodiscard]] base::Result<RouterFolders> find_router_folders(const std::filesystem::path& root);

/// Returns the routes of the project at `root`, sorted by path as Next.js sorts them (static before
/// [single] before [...catch-all] at each segment), without what only a build knows.
/// `page_extensions`: without dots, the preferred one first. A project without routes is not an
/// error. Reads folders; of files only functions for sitemaps and images, which can define several
/// routes. Errors: not_found (no such project), conflict and invalid (routes that Next.js rejects;
/// the text names the files), system.
[[nodiscard]] base::Result<std::vector<Route>> discover_routes(
    const std::filesystem::path& root, std::span<const std::string> page_extensions);

/// Returns the pages of the project at `root`, each path once, sorted by file. Unlike other routes
/// only `next build` can compile them, and it finds further ones, such as that for a 404. Errors as
/// for discover_routes().
[[nodiscard]] base::Result<std::vector<Route>> discover_page_routes(
    const std::filesystem::path& root, std::span<const std::string> page_extensions);

/// Returns the files of all pages, sorted and relative to `root`. Errors as for discover_routes().
[[nodiscard]] base::Result<std::vector<std::string>> discover_pages(
    const std::filesystem::path& root, std::span<const std::string> page_extensions);

}  // namespace millrace::project
