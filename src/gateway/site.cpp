#include "gateway/site.hpp"

#include <utility>

namespace millrace::gateway {

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
      prerendered(manifest, build),
      draft_mode(root) {
  auto compiled = RuleSet::compile(manifest);
  if (compiled) {
    rules = std::move(compiled).value();
  } else {
    failure = compiled.error().message();
  }
  if (failure.empty()) failure = public_files.failure();
}

std::shared_ptr<const Site> Site::broken(std::string text) {
  auto site = std::make_shared<Site>(0, project::Manifest{}, nullptr, std::filesystem::path{},
                                     std::filesystem::path{}, true);
  site->public_files = PublicFiles{};
  site->failure = std::move(text);
  return site;
}

}  // namespace millrace::gateway
