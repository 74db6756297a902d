#include "serving/served_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>

#include "serving/pool_plans.hpp"
#include "serving/route_facts.hpp"

namespace millrace::serving {

namespace {

namespace fs = std::filesystem;
using project::Route;

/// More files of public/ are not counted.
constexpr std::size_t kMostFiles = 100'000;

class Parts {
 public:
  explicit Parts(const ProjectFacts& facts) : facts_(facts) {
    if (facts.manifest) built_ = facts_of_routes(facts.settings, *facts.manifest);
  }

  std::vector<ServedPart> find() {
    for (std::size_t i = 0; i < facts_.inspection.routes.size(); ++i) add_route(i);
    for (const Route& page : facts_.pages) add_page(page);
    if (serves_pages()) add_images();
    add_files();
    return std::move(parts_);
  }

 private:
  /// What the current build knows of a route; null where it has none.
  [[nodiscard]] const RouteFacts* built_facts(const Route& route) const {
    if (!facts_.manifest) return nullptr;
    const auto number = built_route(*facts_.manifest, route);
    return number ? &built_[*number] : nullptr;
  }

  [[nodiscard]] bool serves_pages() const {
    return !facts_.pages.empty() && facts_.settings.build.pages &&
           !facts_.inspection.next_version.empty() && facts_.inspection.failures.empty();
  }

  [[nodiscard]] std::string pool_of(std::string_view path) const {
    return facts_.settings.pools[project::pool_of(facts_.settings, path)].name;
  }

  [[nodiscard]] ServedPart part_of(const Route& route) const {
    return {.path = route.path,
            .kind = std::string(project::to_string(route.kind)),
            .file = route.file};
  }

  void add_route(std::size_t number) {
    const Route& route = facts_.inspection.routes[number];
    const dev::RouteEngine& engine = facts_.inspection.engines[number];
    ServedPart part = part_of(route);
    if (!facts_.inspection.failures.empty()) {
      part.reason = "the build fails";
    } else {
      part.pool = pool_of(route.path);
      part.reason = engine.reason;
      part.by = engine.engine == "next"  ? ServedBy::next
                : engine.engine == "C++" ? ServedBy::native
                                         : ServedBy::light;
      apply_build(route, part);
    }
    parts_.push_back(std::move(part));
  }

  void add_page(const Route& page) {
    ServedPart part = part_of(page);
    if (serves_pages()) {
      part.by = ServedBy::next;
      part.pool = pool_of(page.path);
      apply_build(page, part);
    } else {
      part.reason = why_no_pages();
      if (!facts_.settings.upstream.url.empty()) part.by = ServedBy::upstream;
    }
    parts_.push_back(std::move(part));
  }

  [[nodiscard]] std::string why_no_pages() const {
    if (!facts_.settings.build.pages) return "millrace.toml sets [build] pages = false";
    if (!facts_.inspection.next_missing.empty()) return facts_.inspection.next_missing;
    return "the build fails";
  }

  void apply_build(const Route& route, ServedPart& part) const {
    const RouteFacts* const known = built_facts(route);
    if (known == nullptr) return;
    part.how = known->served();
    const bool cached = known->delivery == Delivery::fixed ||
                        known->delivery == Delivery::prerendered ||
                        known->delivery == Delivery::revalidated;
    if (cached) part.by = ServedBy::cache;
  }

  void add_images() {
    project::Manifest images;
    images.routes.resize(1);
    images.routes.front().path = "/_next/image";
    images.routes.front().kind = project::RouterKind::image;
    ServedPart part = part_of(images.routes.front());
    part.by = ServedBy::next;
    part.pool = pools_of_routes(facts_.settings, images).front();
    parts_.push_back(std::move(part));
  }

  void add_files() {
    const bool by_next = std::any_of(parts_.begin(), parts_.end(), [](const ServedPart& part) {
      return part.by == ServedBy::next || part.by == ServedBy::cache;
    });
    if (by_next) {
      parts_.push_back({.path = "/_next/static/**", .kind = "files", .by = ServedBy::files});
    }
    std::size_t count = 0;
    std::error_code failed;
    for (fs::recursive_directory_iterator file(facts_.root / "public", failed), end;
         !failed && file != end && count < kMostFiles; file.increment(failed)) {
      std::error_code unknown;
      if (file->is_regular_file(unknown)) ++count;
    }
    if (count == 0) return;
    const std::string_view more = count == kMostFiles ? " or more" : "";
    parts_.push_back({.path = "/**",
                      .kind = "files",
                      .file = "public",
                      .by = ServedBy::files,
                      .how = fmt::format("{}{} {}", count, more, count == 1 ? "file" : "files")});
  }

  const ProjectFacts& facts_;
  /// In the order of the manifest's routes.
  std::vector<RouteFacts> built_;
  std::vector<ServedPart> parts_;
};

}  // namespace

std::vector<ServedPart> find_served_parts(const ProjectFacts& facts) { return Parts(facts).find(); }

}  // namespace millrace::serving
