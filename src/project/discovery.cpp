#include "project/discovery.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

#include "project/export_scan.hpp"
#include "project/metadata_files.hpp"
#include "project/route_order.hpp"
#include "project/source_tree.hpp"

namespace millrace::project {

namespace {

namespace fs = std::filesystem;
using base::Error;
using base::ErrorCode;

constexpr std::string_view kNativeRoute = "route.cpp";

enum class FileKind : std::uint8_t { pages_api, pages_page, app_route, app_metadata, app_page };

/// A file and the path that it claims. Pages are not routes, but they conflict with routes.
struct Claim {
  std::string path;
  FileKind kind = FileKind::pages_page;
  std::string file;
  /// For app_metadata.
  std::optional<Metadata> metadata = std::nullopt;

  [[nodiscard]] bool is_route() const {
    return kind != FileKind::pages_page && kind != FileKind::app_page;
  }
  [[nodiscard]] bool is_app() const {
    return kind != FileKind::pages_api && kind != FileKind::pages_page;
  }
};

bool is_declaration(std::string_view name, std::span<const std::string> extensions) {
  return name.ends_with(".d.ts") &&
         std::find(extensions.begin(), extensions.end(), "ts") != extensions.end();
}

std::string relative_to(const fs::path& root, const fs::path& folder, std::string_view file) {
  return (folder.lexically_relative(root) / file).generic_string();
}

/// The name of a file of pages without its extension; for a file in C++ only below api/, since
/// pages are not written in C++.
std::optional<std::string_view> stem_of_page(std::string_view file,
                                             std::span<const std::string> extensions) {
  if (!is_native_file(file)) return stem_of(file, extensions);
  if (!file.starts_with("api/")) return std::nullopt;
  return file.substr(0, file.size() - kNativeExtension.size() - 1);
}

base::Result<void> claim_pages(const fs::path& root, const fs::path& folder,
                               std::span<const std::string> extensions,
                               std::vector<Claim>& claims) {
  const auto files = files_below(folder, [](std::string_view) { return false; });
  if (!files) return files.error();
  for (const std::string& file : *files) {
    if (is_declaration(file, extensions)) continue;
    const auto stem = stem_of_page(file, extensions);
    if (!stem) continue;
    std::string path = "/" + std::string(*stem);
    if (path.ends_with("/index")) path.resize(path.size() - std::string_view("/index").size());
    if (path.empty()) path = "/";
    const bool framework = path == "/_app" || path == "/_document" || path == "/_error";
    if (framework) continue;
    const bool api = path == "/api" || path.starts_with("/api/");
    claims.push_back({.path = std::move(path),
                      .kind = api ? FileKind::pages_api : FileKind::pages_page,
                      .file = relative_to(root, folder, file)});
  }
  return {};
}

bool is_intercepting(std::string_view segment) {
  return segment.starts_with("(.)") || segment.starts_with("(..)") || segment.starts_with("(...)");
}

/// In app, "_" can be written "%5F", since a leading "_" makes a folder private.
std::string unescape_underscores(std::string text) {
  for (std::size_t at = text.find("%5F"); at != std::string::npos; at = text.find("%5F", at)) {
    text.replace(at, 3, "_");
  }
  return text;
}

/// The path of a folder of app; none inside intercepting folders.
std::optional<std::string> app_path_of(std::string_view folder) {
  std::string path;
  for (const std::string_view segment : segments_of(folder)) {
    if (is_intercepting(segment)) return std::nullopt;
    const bool group = segment.front() == '(' && segment.back() == ')';
    if (group || segment.front() == '@') continue;
    path.append("/").append(segment);
  }
  return path.empty() ? "/" : unescape_underscores(std::move(path));
}

/// The text of a file; empty where it cannot be read, which the builder reports.
std::string text_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// The claim of a metadata file; none for other files.
std::optional<Claim> claim_metadata(const fs::path& root, const fs::path& folder,
                                    std::string_view file,
                                    std::span<const std::string> extensions) {
  const std::size_t slash = file.rfind('/');
  const std::string_view above = slash == std::string_view::npos ? "" : file.substr(0, slash);
  const std::string_view name = slash == std::string_view::npos ? file : file.substr(slash + 1);
  const auto found = metadata_file_of(above, name, extensions);
  if (!found) return std::nullopt;
  auto path = app_path_of(above);
  if (!path) return std::nullopt;
  if (!path->ends_with('/')) path->push_back('/');
  const bool lists = !found->lister.empty() && exports_name(text_of(folder / file), found->lister);
  path->append(lists ? listed_segment(*found) : found->segment);
  return Claim{
      .path = *std::move(path),
      .kind = FileKind::app_metadata,
      .file = relative_to(root, folder, file),
      .metadata = Metadata{.kind = found->kind, .is_module = found->is_module, .lists = lists}};
}

/// Whether two metadata files define the same thing in one folder, such as robots.ts and
/// robots.txt.
bool define_the_same(const Claim& a, const Claim& b) {
  if (!a.metadata || !b.metadata || a.metadata->kind != b.metadata->kind) return false;
  const MetadataKind kind = a.metadata->kind;
  const bool single = kind == MetadataKind::robots || kind == MetadataKind::sitemap ||
                      kind == MetadataKind::manifest;
  return single && fs::path(a.file).parent_path() == fs::path(b.file).parent_path();
}

/// Of files that define the same thing, the last by name is used. `claim` comes after the others.
void add_metadata(std::vector<Claim>& claims, Claim claim) {
  const auto same = std::find_if(claims.begin(), claims.end(), [&claim](const Claim& other) {
    return define_the_same(other, claim);
  });
  if (same == claims.end()) {
    claims.push_back(std::move(claim));
  } else {
    *same = std::move(claim);
  }
}

base::Result<void> claim_app(const fs::path& root, const fs::path& folder,
                             std::span<const std::string> extensions, std::vector<Claim>& claims) {
  const auto files = files_below(folder, [](std::string_view name) { return name[0] == '_'; });
  if (!files) return files.error();
  for (const std::string& file : *files) {
    const std::size_t slash = file.rfind('/');
    const std::size_t begin = slash == std::string::npos ? 0 : slash + 1;
    const std::string_view name = std::string_view(file).substr(begin);
    const auto stem = name == kNativeRoute ? "route" : stem_of(name, extensions);
    if (!stem || (*stem != "route" && *stem != "page")) {
      auto metadata = claim_metadata(root, folder, file, extensions);
      if (metadata) add_metadata(claims, *std::move(metadata));
      continue;
    }
    auto path = app_path_of(std::string_view(file).substr(0, begin));
    if (!path) continue;
    claims.push_back({.path = *std::move(path),
                      .kind = *stem == "route" ? FileKind::app_route : FileKind::app_page,
                      .file = relative_to(root, folder, file)});
  }
  return {};
}

/// The message of Next.js for two files that claim one path.
std::string clash_text(const Claim& a, const Claim& b) {
  if (a.is_app() != b.is_app()) {
    const Claim& pages = a.is_app() ? b : a;
    const Claim& app = a.is_app() ? a : b;
    return "Conflicting app and page file was found, please remove the conflicting files to "
           "continue:\n  \"" +
           pages.file + "\" - \"" + app.file + "\"";
  }
  if (a.kind == FileKind::app_metadata || b.kind == FileKind::app_metadata) {
    return std::string(a.kind == b.kind ? "Conflicting metadatas at "
                                        : "Conflicting route and metadata at ") +
           a.path + ": " + a.file + " and " + b.file + ". Remove one of them.";
  }
  if (a.is_app()) {
    return "You cannot have two parallel pages that resolve to the same path. Please check " +
           a.file + " and " + b.file + ", which both resolve to " + a.path + ".";
  }
  return "Duplicate page detected. " + a.file + " and " + b.file + " both resolve to " + a.path +
         ". Remove one of them.";
}

base::Result<void> check_unique(std::vector<Claim>& claims) {
  std::map<std::string_view, const Claim*> by_path;
  for (const Claim& claim : claims) {
    const auto [place, fresh] = by_path.emplace(claim.path, &claim);
    if (fresh) continue;
    const Claim& other = *place->second;
    // Two pages at one path are left to Next.js: parallel slots cause that.
    if (!claim.is_route() && !other.is_route()) continue;
    return Error(ErrorCode::conflict, clash_text(other, claim));
  }
  return {};
}

/// As in Next.js, a file of public/ must not have the path of a file of pages.
base::Result<void> check_public(const fs::path& root, const std::vector<Claim>& claims) {
  for (const Claim& claim : claims) {
    if (claim.is_app()) continue;
    const std::string file = "public" + claim.path;
    std::error_code missing;
    if (!fs::is_regular_file(root / file, missing)) continue;
    return Error(ErrorCode::conflict,
                 "Conflicting public and page file was found, please remove one of them:\n  \"" +
                     file + "\" - \"" + claim.file + "\"");
  }
  return {};
}

/// The routes of the claims, sorted as Next.js sorts them.
base::Result<std::vector<Route>> routes_of(const std::vector<Claim>& claims) {
  std::vector<Place> places;
  std::vector<const Claim*> owners;
  for (const Claim& claim : claims) {
    if (!claim.is_route()) continue;
    places.push_back({.path = claim.path, .file = claim.file});
    owners.push_back(&claim);
  }
  const auto order = order_of(places);
  if (!order) return order.error();
  std::vector<Route> routes;
  routes.reserve(order->size());
  for (const std::size_t number : *order) {
    const Claim& claim = *owners[number];
    routes.push_back({.path = claim.path,
                      .kind = claim.is_app() ? RouterKind::app : RouterKind::pages,
                      .file = claim.file,
                      .parameters = parameters_of(claim.path),
                      .metadata = claim.metadata});
  }
  return routes;
}

base::Result<std::vector<Claim>> claims_of(const fs::path& root,
                                           std::span<const std::string> page_extensions) {
  const auto folders = find_router_folders(root);
  if (!folders) return folders.error();
  std::vector<Claim> claims;
  if (!folders->pages.empty()) {
    const auto claimed = claim_pages(root, folders->pages, page_extensions, claims);
    if (!claimed) return claimed.error();
  }
  if (!folders->app.empty()) {
    const auto claimed = claim_app(root, folders->app, page_extensions, claims);
    if (!claimed) return claimed.error();
  }
  return claims;
}

}  // namespace

base::Result<RouterFolders> find_router_folders(const fs::path& root) {
  std::error_code failed;
  if (!fs::is_directory(root, failed)) {
    return Error(ErrorCode::not_found, "No such project folder: " + root.string());
  }
  const auto find = [&root](std::string_view name) -> fs::path {
    for (const fs::path& folder : {root / name, root / "src" / name}) {
      std::error_code missing;
      if (fs::is_directory(folder, missing)) return folder;
    }
    return {};
  };
  RouterFolders folders{.pages = find("pages"), .app = find("app")};
  if (!folders.pages.empty() && !folders.app.empty() &&
      folders.pages.parent_path() != folders.app.parent_path()) {
    return Error(ErrorCode::conflict,
                 "`pages` and `app` directories should be under the same folder; found\n  " +
                     relative_to(root, folders.pages, "") + "\n  " +
                     relative_to(root, folders.app, ""));
  }
  return folders;
}

base::Result<std::vector<Route>> discover_routes(const fs::path& root,
                                                 std::span<const std::string> page_extensions) {
  auto claims = claims_of(root, page_extensions);
  if (!claims) return claims.error();
  if (auto unique = check_unique(*claims); !unique) return unique.error();
  if (auto apart = check_public(root, *claims); !apart) return apart.error();
  return routes_of(*claims);
}

base::Result<std::vector<Route>> discover_page_routes(
    const fs::path& root, std::span<const std::string> page_extensions) {
  auto claims = claims_of(root, page_extensions);
  if (!claims) return claims.error();
  // A slot of parallel routes is named only where it has no page beside it.
  const auto rank = [](const Claim& claim) {
    return std::pair(claim.file.find("/@") != std::string::npos, std::string_view(claim.file));
  };
  std::sort(claims->begin(), claims->end(),
            [&rank](const Claim& a, const Claim& b) { return rank(a) < rank(b); });
  std::vector<Route> pages;
  std::set<std::string_view> seen;
  for (const Claim& claim : *claims) {
    if (claim.is_route() || !seen.insert(claim.path).second) continue;
    pages.push_back({.path = claim.path,
                     .kind = claim.is_app() ? RouterKind::app_page : RouterKind::page,
                     .file = claim.file,
                     .parameters = parameters_of(claim.path)});
  }
  return pages;
}

base::Result<std::vector<std::string>> discover_pages(
    const fs::path& root, std::span<const std::string> page_extensions) {
  const auto claims = claims_of(root, page_extensions);
  if (!claims) return claims.error();
  std::vector<std::string> files;
  for (const Claim& claim : *claims) {
    if (!claim.is_route()) files.push_back(claim.file);
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace millrace::project
