#include "cli/build_command.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <ostream>
#include <system_error>
#include <utility>
#include <vector>

#include "cli/build_summary.hpp"
#include "dev/project_builder.hpp"
#include "gateway/rule_set.hpp"
#include "net/event_loop.hpp"
#include "project/builds.hpp"
#include "project/discovery.hpp"
#include "project/settings.hpp"
#include "project/unmatched.hpp"
#include "serving/launch.hpp"
#include "serving/pages_note.hpp"
#include "serving/version.hpp"
#include "workers/role.hpp"

namespace millrace::cli {

namespace fs = std::filesystem;

namespace {

/// Builds to go back to.
constexpr std::size_t kKeptBuilds = 6;

/// Shows what is being done: on a terminal in one line that goes away, else not at all.
class Progress {
 public:
  Progress(std::ostream& out, bool terminal) : out_(out), terminal_(terminal) {}

  void show(std::string_view stage) {
    if (!terminal_) return;
    fmt::print(out_, "\r\x1b[K  {} ...", stage);
    out_.flush();
  }

  void clear() {
    if (!terminal_) return;
    out_ << "\r\x1b[K";
    out_.flush();
  }

 private:
  std::ostream& out_;
  bool terminal_;
};

/// Bytes of the bundles in a folder that are no route's own.
std::uint64_t size_of_shared(const fs::path& folder, const dev::BuiltProject& built) {
  std::error_code failed;
  std::uint64_t sum = 0;
  for (const auto& entry : fs::directory_iterator(folder, failed)) {
    if (entry.path().extension() == ".mjs") sum += entry.file_size(failed);
  }
  std::uint64_t own = 0;
  for (std::size_t i = 0; i < built.sizes.size(); ++i) {
    if (built.manifest.routes[i].module.ends_with(".mjs")) own += built.sizes[i];
  }
  return sum > own ? sum - own : 0;
}

void print_sources(const dev::BuiltProject& built, std::ostream& out) {
  if (!built.environment.files.empty()) {
    fmt::print(out, "  Environment: {}\n", fmt::join(built.environment.files, ", "));
  }
  if (!built.config_file.empty()) fmt::print(out, "  Configuration: {}\n", built.config_file);
  if (!built.environment.files.empty() || !built.config_file.empty()) out << '\n';
}

/// What the settings say that has no effect.
std::vector<std::string> warnings_of_settings(const BuildOptions& options,
                                              const dev::BuiltProject& built) {
  // The builder has read them a moment ago.
  const auto settings = project::read_settings(options.root, {});
  if (!settings) return {settings.error().message()};
  return project::unmatched_settings(*settings, built.manifest.routes);
}

void print_notes(const BuildOptions& options, const dev::BuiltProject& built, std::ostream& out) {
  std::vector<std::string> notes = built.notes;
  const auto pages = project::discover_pages(options.root, built.manifest.config.page_extensions);
  if (pages && !pages->empty()) notes.push_back(serving::pages_note(*pages));
  for (const std::string& note : notes) fmt::print(out, "  {}\n", note);
  if (!notes.empty()) out << '\n';
}

/// What was built, from what, in which time.
void print_outcome(const BuildOptions& options, const dev::BuiltProject& built,
                   const fs::path& outdir, std::chrono::steady_clock::time_point began,
                   std::ostream& out) {
  print_sources(built, out);
  if (built.manifest.routes.empty()) {
    fmt::print(out, "  No API routes were found in pages/api or app.\n\n");
  } else {
    print_build_summary(built, size_of_shared(outdir / "chunks", built), out);
    out << '\n';
  }
  print_notes(options, built, out);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  const std::size_t count = built.manifest.routes.size();
  fmt::print(out, "  {} {} built in {:.1f} s\n", count, count == 1 ? "route" : "routes",
             took.count());
}

void print_aside(const fs::path& outdir, std::ostream& out) {
  fmt::print(out, "  Not made current; `millrace start --build {}` serves it\n",
             outdir.filename().string());
}

}  // namespace

int run_build(const BuildOptions& options, std::ostream& out, std::ostream& err) {
  const auto began = std::chrono::steady_clock::now();
  const auto lock = project::BuildLock::take(options.root);
  if (!lock) {
    fmt::print(err, "error: {}\n", lock.error().message());
    return 1;
  }
  Progress progress(out, options.terminal);
  dev::ProjectBuilder::Options building;
  building.root = options.root;
  building.generator = std::string("millrace ") + serving::kVersion;
  building.real_environment = options.environment;
  building.launch = serving::launch_of(workers::kBuilder, options.node, options.share, options.root,
                                       options.environment);
  building.engine = options.engine;
  building.on_stage = [&progress](std::string_view stage) { progress.show(stage); };

  dev::ProjectBuilder::Target target;
  target.build_id = dev::new_build_id();
  target.outdir = project::next_build(options.root, target.build_id);
  target.manifest_file = target.outdir / "manifest.json";
  const fs::path outdir = target.outdir;

  net::EventLoop loop;
  dev::ProjectBuilder builder(loop, std::move(building));
  std::optional<dev::BuildOutcome> outcome;
  builder.build(std::move(target), [&](dev::BuildOutcome ended) {
    outcome = std::move(ended);
    builder.end([&loop] { loop.stop(); });
  });
  loop.run();
  progress.clear();

  std::string failure = outcome ? outcome->failure : "the builder gave no answer";
  if (outcome && outcome->built) {
    // Patterns that the builder takes, since JavaScript knows them, and the server cannot match.
    const auto rules = gateway::RuleSet::compile(outcome->built->manifest);
    failure = rules ? std::string() : rules.error().message();
  }
  if (!failure.empty()) {
    std::error_code ignored;
    fs::remove_all(outdir, ignored);
    fmt::print(err, "error: {}\n\nThe build failed.\n", failure);
    return 1;
  }
  const dev::BuiltProject& built = *outcome->built;
  for (const std::string& warning : built.warnings) fmt::print(err, "warning: {}\n", warning);
  for (const std::string& warning : warnings_of_settings(options, built)) {
    fmt::print(err, "warning: {}\n", warning);
  }
  if (!options.aside) {
    if (const auto made = project::make_current(options.root, outdir); !made) {
      fmt::print(err, "error: {}\n", made.error().message());
      return 1;
    }
    project::remove_old_builds(options.root, kKeptBuilds);
  }
  print_outcome(options, built, outdir, began, out);
  if (options.aside) print_aside(outdir, out);
  return 0;
}

}  // namespace millrace::cli
