#include "serving/project_findings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "project/environment.hpp"
#include "project/unmatched.hpp"
#include "serving/launch.hpp"
#include "serving/pool_plans.hpp"
#include "serving/upstream_choice.hpp"
#include "workers/role.hpp"

namespace millrace::serving {

namespace {

using project::Route;

Finding next_finding(const ProjectFacts& facts) {
  const dev::Inspection& inspection = facts.inspection;
  if (!inspection.next_version.empty()) {
    return {.severity = Severity::fine,
            .about = "Next.js",
            .text = inspection.next_version + "; it can compile pages and routes."};
  }
  // Pages that are not served for this reason are named with it.
  return {.severity = Severity::note,
          .about = "Next.js",
          .text = inspection.next_missing + ".",
          .remedy = facts.pages.empty() ? "Without pages, `light` compiles every route."
                                        : "Pages need it (docs/whole-app.md)."};
}

void add_config(const dev::Inspection& inspection, std::vector<Finding>& findings) {
  if (!inspection.config_file.empty()) {
    findings.push_back(
        {.severity = Severity::fine, .about = "configuration", .text = inspection.config_file});
  }
  for (const dev::ReplacedOption& replaced : inspection.replaced) {
    findings.push_back({.severity = Severity::note,
                        .about = inspection.config_file,
                        .text = replaced.option + ": " + replaced.text});
  }
  for (const std::string& warning : inspection.warnings) {
    findings.push_back({.severity = Severity::warning, .about = "build", .text = warning});
  }
  for (const std::string& failure : inspection.failures) {
    findings.push_back({.severity = Severity::unserved,
                        .about = "build",
                        .text = failure,
                        .remedy = "`millrace build` fails with this error, and nothing is served "
                                  "before it is corrected."});
  }
}

void add_files(const ProjectFacts& facts, std::vector<Finding>& findings) {
  const dev::Inspection& inspection = facts.inspection;
  if (const auto& middleware = inspection.middleware) {
    findings.push_back(
        {.severity = Severity::fine,
         .about = "middleware",
         .text = fmt::format("{} (runtime {}) runs before files, pages and routes, in pool "
                             "default.",
                             middleware->file, middleware->kind)});
  }
  if (const auto& instrumentation = inspection.instrumentation) {
    findings.push_back({.severity = Severity::fine,
                        .about = "instrumentation",
                        .text = fmt::format("{} runs once in each worker, compiled by {}.",
                                            instrumentation->file, instrumentation->kind)});
  }
  if (inspection.custom_server.empty()) return;
  const bool has_upstream = !facts.settings.upstream.url.empty();
  findings.push_back(
      {.severity = has_upstream ? Severity::note : Severity::unserved,
       .about = "custom server",
       .text = inspection.custom_server +
               " creates Next.js's handler itself. Millrace serves the project without running it: "
               "paths and sockets that it adds are not served.",
       .remedy =
           has_upstream
               ? "[upstream] of millrace.toml can point to it: " + facts.settings.upstream.url
               : "Run it beside Millrace and set it as [upstream] (docs/upstream.md), or move "
                 "what it adds into routes."});
}

void add_environment(const Runtime& runtime, std::vector<Finding>& findings) {
  const auto environment =
      project::load_environment(runtime.root, project::Mode::production, runtime.environment);
  if (!environment) {
    findings.push_back(
        {.severity = Severity::unserved,
         .about = "env files",
         .text = environment.error().message(),
         .remedy = "Correct the file: neither a build nor a server starts with it."});
    return;
  }
  const std::vector<std::string>& files = environment->files;
  findings.push_back({.severity = Severity::fine,
                      .about = "env files",
                      .text = files.empty() ? "none" : fmt::format("{}", fmt::join(files, ", "))});
  if (const auto note = note_of_port(*environment)) {
    findings.push_back({.severity = Severity::warning,
                        .about = "env files",
                        .text = *note,
                        .remedy = "Set PORT in the environment of the server, or pass -p."});
  }
}

std::vector<Route> all_routes(const ProjectFacts& facts) {
  std::vector<Route> routes = facts.inspection.routes;
  if (facts.settings.build.pages && !facts.inspection.next_version.empty()) {
    routes.insert(routes.end(), facts.pages.begin(), facts.pages.end());
  }
  return routes;
}

/// Plans the pools as a server does that starts: that tests sandboxes, budgets, and finds the pools
/// that have one worker because of state in memory.
void add_pools(const Runtime& runtime, const ProjectFacts& facts, std::vector<Finding>& findings) {
  project::Manifest manifest;
  manifest.routes = all_routes(facts);
  manifest.memory_state = facts.inspection.memory_state;
  if (const auto& middleware = facts.inspection.middleware) {
    manifest.middleware.emplace();
    manifest.middleware->file = middleware->file;
  }
  for (std::string& text : project::unmatched_settings(facts.settings, manifest.routes)) {
    findings.push_back({.severity = Severity::warning,
                        .about = "millrace.toml",
                        .text = std::move(text),
                        .remedy = "Correct the glob, or remove it (docs/pools.md)."});
  }
  const Launches launches = {.node = launch_of(workers::kNodeWorker, runtime),
                             .native = native_launch(runtime)};
  const auto plan = plan_fleet(facts.settings, manifest, launches, runtime.share);
  if (!plan) {
    findings.push_back({.severity = Severity::unserved,
                        .about = "millrace.toml",
                        .text = plan.error().message(),
                        .remedy = "`millrace start` refuses to start with this."});
    return;
  }
  for (const std::string& note : plan->notes) {
    findings.push_back({.severity = Severity::note,
                        .about = "memory state",
                        .text = note.substr(std::min(note.find_first_not_of(" -"), note.size())),
                        .remedy = "Keep the state in a database, or accept one worker "
                                  "(docs/pools.md#state-in-memory)."});
  }
}

void add_settings(const ProjectFacts& facts, std::vector<Finding>& findings) {
  const std::string& url = facts.settings.upstream.url;
  if (const auto chosen = choose_upstream(facts.settings, {}); !chosen) {
    findings.push_back(
        {.severity = Severity::unserved, .about = "upstream", .text = chosen.error().message()});
  } else if (!url.empty()) {
    findings.push_back({.severity = Severity::fine,
                        .about = "upstream",
                        .text = url + " responds to what the project does not serve."});
  }
}

Finding build_finding(const ProjectFacts& facts) {
  if (!facts.manifest) {
    return {.severity = Severity::note,
            .about = "build",
            .text = "There is no current build.",
            .remedy = "`millrace build` makes one; how each page is served is known then."};
  }
  return {.severity = Severity::fine,
          .about = "build",
          .text = "The current build is " + facts.manifest->build_id + "."};
}

}  // namespace

std::vector<Finding> examine_project(const Runtime& runtime, const ProjectFacts& facts) {
  std::vector<Finding> findings = {next_finding(facts)};
  add_config(facts.inspection, findings);
  add_files(facts, findings);
  add_environment(runtime, findings);
  add_settings(facts, findings);
  add_pools(runtime, facts, findings);
  findings.push_back(build_finding(facts));
  return findings;
}

}  // namespace millrace::serving
