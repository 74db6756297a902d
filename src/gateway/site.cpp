#include "gateway/site.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "project/builds.hpp"
#include "routing/data_path.hpp"

namespace millrace::gateway {

namespace {

constexpr std::string_view kBuildFiles = "/_next/static";

}  // namespace

Site::Site(std::uint32_t number, project::Manifest read, std::shared_ptr<workers::Dispatcher> runs,
           const std::filesystem::path& root, const std::filesystem::path& build, bool live_files)
    : generation(number),
      manifest(std::move(read)),
      dispatcher(std::move(runs)),
      path_rules{.base_path = manifest.config.base_path,
                 .trailing_slash = manifest.config.trailing_slash,
                 .skip_trailing_slash_redirect = manifest.config.skip_trailing_slash_redirect},
      matcher(manifest.routes),
      public_files(root / "public", live_files),
      compressed_public_files(
          live_files || build.empty()
              ? CompressedFiles()
              : CompressedFiles(build / "compressed" / "public", CompressedFiles::Stamps::named)),
      build_files(build, live_files ? std::vector<std::filesystem::path>()
                                    : project::other_builds(root, build)),
      build_files_caching(live_files ? FileResponse::Caching::development
                                     : FileResponse::Caching::immutable),
      prerendered(manifest, build),
      draft_mode(root) {
  auto compiled = RuleSet::compile(manifest);
  if (compiled) {
    rules = std::move(compiled).value();
  } else {
    failure = compiled.error().message();
  }
  const auto& routes = manifest.routes;
  for (std::uint32_t number = 0; number < routes.size(); ++number) {
    const project::Route& route = routes[number];
    if (route.kind == project::RouterKind::page && route.path == "/_error") error_page = number;
    if (route.is_page() && route.path == "/500") server_error_page = number;
  }
  if (manifest.pages && manifest.pages->images) {
    auto check = routing::ImageCheck::compile(*manifest.pages->images);
    if (check) {
      images = std::move(check).value();
    } else if (failure.empty()) {
      failure = check.error().message();
    }
  }
  if (failure.empty()) failure = public_files.failure();
  if (failure.empty()) failure = build_files.failure();
}

std::optional<FoundFile> Site::find_file(std::string_view path, std::string_view deployment) const {
  if (path.starts_with(kBuildFiles)) {
    if (auto file = build_files.find(path.substr(kBuildFiles.size()), deployment)) {
      file->caching = build_files_caching;
      return file;
    }
  }
  if (auto file = public_files.find(path)) {
    const CompressedForms* const forms = compressed_public_files.find(public_files.name_of(*file));
    return FoundFile{
        .path = std::move(*file), .forms = forms, .within = public_files.links_within()};
  }
  return std::nullopt;
}

bool Site::match(std::string_view path, routing::Match& out) const {
  if (!manifest.pages || !routing::is_data_path(path)) return matcher.match(path, out);
  std::string page;
  return page_of_data(path, page) && matcher.match(page, out) &&
         manifest.routes[out.route].kind == project::RouterKind::page;
}

bool Site::page_of_data(std::string_view path, std::string& page) const {
  return manifest.pages && routing::page_of_data_path(path, manifest.pages->build_id, page);
}

bool Site::is_for_build_file(std::string_view path, std::string_view locale) const {
  if (path.starts_with(path_rules.base_path)) path.remove_prefix(path_rules.base_path.size());
  const std::string_view rest = path.substr(std::min<std::size_t>(1, path.size()));
  if (!locale.empty() && rest.starts_with(locale)) path = rest.substr(locale.size());
  return path.starts_with(kBuildFiles) && path.substr(kBuildFiles.size()).starts_with('/');
}

bool Site::is_internal_of_next_dev(std::string_view target) const {
  if (!next_dev_serves_pages()) return false;
  if (target.starts_with(path_rules.base_path)) target.remove_prefix(path_rules.base_path.size());
  // Millrace's own build has static files, too.
  return target.starts_with("/__nextjs") ||
         (target.starts_with("/_next/") && !is_for_build_file(target));
}

std::shared_ptr<const Site> Site::broken(std::string text) {
  auto site = std::make_shared<Site>(0, project::Manifest{}, nullptr, std::filesystem::path{},
                                     std::filesystem::path{}, true);
  site->public_files = PublicFiles{};
  site->build_files = BuildFiles{};
  site->failure = std::move(text);
  return site;
}

}  // namespace millrace::gateway
