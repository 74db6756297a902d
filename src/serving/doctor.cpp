#include "serving/doctor.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "base/host_resources.hpp"
#include "dev/project_builder.hpp"
#include "net/event_loop.hpp"
#include "project/builds.hpp"
#include "project/discovery.hpp"
#include "project/manifest.hpp"
#include "project/settings.hpp"
#include "serving/launch.hpp"
#include "serving/project_findings.hpp"
#include "serving/version.hpp"
#include "serving/worker_share.hpp"
#include "workers/role.hpp"

namespace millrace::serving {

namespace {

namespace fs = std::filesystem;

dev::BuildOutcome inspect(const Runtime& runtime) {
  net::EventLoop loop;
  dev::ProjectBuilder::Options options;
  options.root = runtime.root;
  options.generator = std::string("millrace ") + kVersion;
  options.real_environment = runtime.environment;
  options.launch = launch_of(workers::kBuilder, runtime);
  dev::ProjectBuilder builder(loop, std::move(options));
  dev::BuildOutcome outcome;
  outcome.failure = "the builder did not respond";
  builder.inspect([&](dev::BuildOutcome ended) {
    outcome = std::move(ended);
    builder.end([&loop] { loop.stop(); });
  });
  loop.run();
  return outcome;
}

/// None where there is no build. A build that cannot be read is a finding.
std::optional<project::Manifest> read_current(const fs::path& root, Diagnosis& diagnosis) {
  const auto build = project::current_build(root);
  if (!build) return std::nullopt;
  auto manifest = project::read_manifest(*build / "manifest.json");
  if (manifest) return std::move(manifest).value();
  diagnosis.findings.push_back({.severity = Severity::warning,
                                .about = "build",
                                .text = manifest.error().message(),
                                .remedy = "Build the project again."});
  return std::nullopt;
}

void fail(Diagnosis& diagnosis, std::string about, std::string text) {
  diagnosis.findings.push_back({.severity = Severity::unserved,
                                .about = std::move(about),
                                .text = std::move(text),
                                .remedy = "Nothing is served before this is corrected."});
}

void examine(const DoctorOptions& options, const project::Settings& settings,
             Diagnosis& diagnosis) {
  const fs::path& root = options.runtime.root;
  const dev::BuildOutcome outcome = inspect(options.runtime);
  if (!outcome.inspection) return fail(diagnosis, "project", outcome.failure);
  const auto pages =
      project::discover_page_routes(root, outcome.inspection->config.page_extensions);
  if (!pages) return fail(diagnosis, "project", pages.error().message());
  const auto manifest = read_current(root, diagnosis);
  const ProjectFacts facts{.root = root,
                           .settings = settings,
                           .inspection = *outcome.inspection,
                           .pages = *pages,
                           .manifest = manifest};
  diagnosis.parts = find_served_parts(facts);
  for (Finding& finding : examine_project(options.runtime, facts)) {
    diagnosis.findings.push_back(std::move(finding));
  }
}

}  // namespace

Diagnosis diagnose(const DoctorOptions& options) {
  Diagnosis diagnosis;
  project::PoolSettings pool;
  pool.max = most_workers(base::usable_cpus(), base::usable_memory());
  const auto read = project::read_settings(options.runtime.root, pool);
  if (!read) fail(diagnosis, "millrace.toml", read.error().message());
  const project::Settings settings = read ? *read : project::Settings{};
  if (read) examine(options, settings, diagnosis);
  for (Finding& finding : examine_machine(options.runtime, settings, options.address)) {
    diagnosis.findings.push_back(std::move(finding));
  }
  return diagnosis;
}

}  // namespace millrace::serving
