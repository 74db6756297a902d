// Site is what the gateway serves at one moment: the routes of one generation, the project's
// configuration, its public folder. Immutable; a reload makes a new one and requests at hand keep
// the one they began with.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "gateway/draft_mode.hpp"
#include "gateway/file_reply.hpp"
#include "gateway/prerendered_answers.hpp"
#include "gateway/public_files.hpp"
#include "gateway/rule_set.hpp"
#include "project/manifest.hpp"
#include "routing/matcher.hpp"
#include "routing/path.hpp"

namespace millrace::workers {
class Dispatcher;
}

namespace millrace::gateway {

/// A file that the server sends itself.
struct FoundFile {
  std::filesystem::path path;
  FileReply::Caching caching = FileReply::Caching::revalidate;
};

struct Site {
  /// `runs`: may be null. `build`: the manifest's folder. `live_files`: public/ is looked at for each request
  /// (development) instead of once.
  Site(std::uint32_t number, project::Manifest read, std::shared_ptr<workers::Dispatcher> runs,
       const std::filesystem::path& root, const std::filesystem::path& build, bool live_files);

  /// A site whose every request is answered 500 with `text`: a project that cannot be built.
  static std::shared_ptr<const Site> broken(std::string text);

  [[nodiscard]] FileReply::Etag file_etags() const {
    return manifest.config.generate_etags ? FileReply::Etag::generated : FileReply::Etag::none;
  }

  /// The file for a normalised request path (still percent-encoded, below basePath, beginning with
  /// '/'): one of the build, or of public/. It may be gone by the time it is opened.
  [[nodiscard]] std::optional<FoundFile> find_file(std::string_view path) const;

  /// Whether a route or page is for a normalised request path (below basePath, without a locale), or
  /// for the page whose data it names.
  [[nodiscard]] bool match(std::string_view path, routing::Match& out) const;

  /// Whether a whole path, or a target, is that of a file of the build, with basePath or without.
  [[nodiscard]] bool is_for_build_file(std::string_view path) const;

  /// Whether the project's `next dev` answers for the route.
  [[nodiscard]] bool is_for_next_dev(std::uint32_t route) const {
    return !manifest.next_dev.empty() && manifest.routes[route].of_next;
  }

  std::uint32_t generation = 0;
  project::Manifest manifest;
  /// Who runs the routes; null where there are none. Its state is not the site's.
  std::shared_ptr<workers::Dispatcher> dispatcher;
  routing::PathRules path_rules;
  routing::Matcher matcher;
  PublicFiles public_files;
  /// What the build serves below /_next/static: files that routes import and name by address.
  PublicFiles build_files;
  FileReply::Caching build_files_caching = FileReply::Caching::immutable;
  PrerenderedAnswers prerendered;
  DraftMode draft_mode;
  /// None where the project has no rules: its requests skip them.
  std::optional<RuleSet> rules;
  /// Not empty: why there are no routes, for the developer's eyes.
  std::string failure;
};

}  // namespace millrace::gateway
