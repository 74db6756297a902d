#include "serving/production_build.hpp"

#include <system_error>
#include <utility>

#include "gateway/rule_set.hpp"
#include "net/event_loop.hpp"
#include "project/builds.hpp"
#include "project/discovery.hpp"
#include "project/unmatched.hpp"
#include "serving/launch.hpp"
#include "serving/pages_note.hpp"
#include "serving/version.hpp"
#include "workers/role.hpp"

namespace millrace::serving {

namespace fs = std::filesystem;

namespace {

dev::ProjectBuilder::Options builder_options(const ProductionBuildOptions& options) {
  dev::ProjectBuilder::Options building;
  building.root = options.runtime.root;
  building.generator = std::string("millrace ") + kVersion;
  building.real_environment = options.runtime.environment;
  building.launch = launch_of(workers::kBuilder, options.runtime);
  building.engine = options.engine;
  building.on_stage = options.on_stage;
  return building;
}

dev::BuildOutcome run_builder(const ProductionBuildOptions& options,
                              dev::ProjectBuilder::Target target) {
  net::EventLoop loop;
  dev::ProjectBuilder builder(loop, builder_options(options));
  dev::BuildOutcome outcome;
  outcome.failure = "the builder did not respond";
  builder.build(std::move(target), [&](dev::BuildOutcome ended) {
    outcome = std::move(ended);
    builder.end([&loop] { loop.stop(); });
  });
  loop.run();
  return outcome;
}

/// Returns why the builder's output cannot be served; empty if it can.
std::string failure_of(const dev::BuildOutcome& outcome) {
  if (!outcome.built) return outcome.failure;
  // Checked here because the builder accepts patterns that are valid in JavaScript and that the
  // server cannot match.
  const auto rules = gateway::RuleSet::compile(outcome.built->manifest);
  return rules ? std::string() : rules.error().message();
}

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

/// Adds warnings about settings that have no effect, and a note about pages that are not served.
void add_warnings_and_notes(const fs::path& root, const project::Settings& settings,
                            dev::BuiltProject& built) {
  for (std::string& warning : project::unmatched_settings(settings, built.manifest.routes)) {
    built.warnings.push_back(std::move(warning));
  }
  if (built.manifest.pages || !settings.build.pages) return;
  const auto pages = project::discover_pages(root, built.manifest.config.page_extensions);
  if (pages && !pages->empty()) built.notes.push_back(pages_note(*pages));
}

/// Adds what the settings say about the build.
void apply_settings(const fs::path& root, ProductionBuild& build) {
  // The builder has just read the same settings successfully.
  const auto settings = project::read_settings(root, {});
  if (!settings) {
    build.project.warnings.push_back(settings.error().message());
    build.facts.resize(build.project.manifest.routes.size());
    return;
  }
  add_warnings_and_notes(root, *settings, build.project);
  build.facts = facts_of_routes(*settings, build.project.manifest);
}

}  // namespace

base::Result<ProductionBuild> build_for_production(const ProductionBuildOptions& options) {
  const fs::path& root = options.runtime.root;
  const auto lock = project::BuildLock::take(root);
  if (!lock) return lock.error();
  dev::ProjectBuilder::Target target;
  target.build_id = dev::new_build_id();
  target.outdir = project::next_build(root, target.build_id);
  target.manifest_file = target.outdir / "manifest.json";
  target.standalone = options.standalone;
  const fs::path folder = target.outdir;
  dev::BuildOutcome outcome = run_builder(options, std::move(target));
  if (const std::string failure = failure_of(outcome); !failure.empty()) {
    std::error_code ignored;
    fs::remove_all(folder, ignored);
    return base::Error(base::ErrorCode::invalid, failure + "\n\nThe build failed.");
  }
  ProductionBuild build{.project = std::move(*outcome.built), .folder = folder, .facts = {}};
  build.shared_size = size_of_shared(folder / "chunks", build.project);
  apply_settings(root, build);
  if (options.place == BuildPlace::current) {
    if (const auto made = project::make_current(root, folder); !made) return made.error();
    project::remove_old_builds(root, project::kKeptBuilds);
  }
  return build;
}

}  // namespace millrace::serving
