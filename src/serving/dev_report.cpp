#include "serving/dev_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "project/discovery.hpp"
#include "serving/banner.hpp"
#include "serving/count_of.hpp"
#include "serving/launch.hpp"
#include "serving/pages_note.hpp"
#include "serving/shared_memory.hpp"

namespace millrace::serving {

namespace {

using observe::Level;

/// How many pages are listed.
constexpr std::size_t kNamedPages = 20;

std::int64_t milliseconds_since(std::chrono::steady_clock::time_point began) {
  const auto took = std::chrono::steady_clock::now() - began;
  return std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
}

}  // namespace

void DevReport::rebuild_begins(bool native_only) {
  if (std::exchange(rebuilding_, true)) return;
  build_began_ = Clock::now();
  // A compiler takes seconds, in which nothing else would be seen.
  if (native_only) log_.log(Level::info, "  compiling C++ \u2026");
}

void DevReport::built(const dev::BuiltProject& built) {
  log_findings(built);
  log_built(built);
  log_memory_state(built.manifest);
  if (const auto note = note_of_port(built.environment)) log_once(Level::info, *note);
}

void DevReport::loaded(std::string_view failure) {
  if (first_errors_) log_ready(*first_errors_ + (failure.empty() ? 0 : 1));
}

void DevReport::compiled(const dev::BuiltProject& built) {
  log_findings(built);
  if (built.compiled.empty()) return;
  std::string what = fmt::format("{}", fmt::join(built.compiled, ", "));
  if (!built.problems.empty()) what += " with " + count_of(built.problems.size(), "error");
  log_.log(Level::info, fmt::format("  compiled {}", what));
}

void DevReport::log_findings(const dev::BuiltProject& built) {
  for (const std::string& problem : built.problems) log_.log(Level::error, problem);
  for (const std::string& warning : built.warnings) log_once(Level::warn, warning);
}

void DevReport::failed(const std::string& text) {
  log_.log(Level::error, text);
  log_ready(1);
  rebuilding_ = false;
}

void DevReport::log_once(Level level, const std::string& text) {
  if (logged_.insert(text).second) log_.log(level, text);
}

void DevReport::log_built(const dev::BuiltProject& built) {
  rebuilding_ = false;
  if (!ready_) {
    if (!first_errors_) {
      for (const std::string& line : content_lines(built.environment.files, built.manifest, {})) {
        log_.log(Level::info, line);
      }
      log_pages(built);
    }
    // A save before the first worker is ready replaces the build that it loads.
    first_errors_ = built.problems.size();
    return;
  }
  std::string what = count_of(built.manifest.routes.size(), "route");
  if (!built.problems.empty()) what += " with " + count_of(built.problems.size(), "error");
  log_.log(Level::info, fmt::format("  built {} in {} ms", what, milliseconds_since(build_began_)));
}

/// In development there is one worker anyway; the note prepares the developer for production.
void DevReport::log_memory_state(const project::Manifest& manifest) {
  if (manifest.memory_state.empty()) return;
  log_once(Level::info,
           "  - State in memory: " + name_memory_state(manifest.memory_state) +
               "; in production one worker serves (several: workers = \"auto\" in millrace.toml)");
}

void DevReport::log_pages(const dev::BuiltProject& built) {
  const auto pages = project::discover_page_routes(root_, built.manifest.config.page_extensions);
  if (!pages || pages->empty()) return;
  if (!built.manifest.next_dev_pages) {
    std::vector<std::string> files;
    for (const project::Route& page : *pages) files.push_back(page.file);
    return log_.log(Level::info, "  - " + pages_note(files));
  }
  log_.log(Level::info, fmt::format("  - Pages: {}, served by `next dev`, which the first "
                                    "request for one starts",
                                    pages->size()));
  for (std::size_t number = 0; number < std::min(pages->size(), kNamedPages); ++number) {
    const project::Route& page = pages->at(number);
    log_.log(Level::info, fmt::format("      {} ({})", page.path, page.file));
  }
  if (pages->size() > kNamedPages) {
    log_.log(Level::info, fmt::format("      \u2026 and {} more (`millrace routes` lists them)",
                                      pages->size() - kNamedPages));
  }
}

void DevReport::log_ready(std::size_t errors) {
  if (std::exchange(ready_, true)) return;
  const std::string with = errors == 0 ? "" : " with " + count_of(errors, "error");
  log_.log(Level::info, fmt::format("  ready in {} ms{}", milliseconds_since(began_), with));
}

}  // namespace millrace::serving
