// ProjectBuilder has one build of a project made: it reads the environment files and settings, has
// the builder evaluate next.config, finds the routes, has the builder make everything else of them,
// the manifest last, and reads that. `millrace build` runs it once, development once for each save.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "dev/builder_client.hpp"
#include "net/event_loop.hpp"
#include "project/environment.hpp"
#include "project/json_reader.hpp"
#include "project/manifest.hpp"
#include "project/settings.hpp"

namespace millrace::dev {

/// A build that can be served.
struct BuiltProject {
  project::Manifest manifest;
  /// Absolute path; the bundles lie where it says.
  std::filesystem::path manifest_file;
  project::Environment environment;
  /// Messages for files that cannot be compiled and now throw (development only).
  std::vector<std::string> problems;
  std::vector<std::string> warnings;
  /// What is good to know of the build, a line each.
  std::vector<std::string> notes;
  /// Bytes of each route's module, in the manifest's order.
  std::vector<std::uint64_t> sizes;
  /// The configuration file, relative to the project; empty where there is none.
  std::string config_file;
};

/// How a build ended.
struct BuildOutcome {
  std::optional<BuiltProject> built;
  /// Why there is none, for the user: one or more lines.
  std::string failure;
  /// Absolute paths of the source files whose change makes this outcome stale.
  std::vector<std::filesystem::path> inputs;
};

/// 16 hexadecimal digits, new each time.
[[nodiscard]] std::string new_build_id();

/// Belongs to the loop's thread.
class ProjectBuilder {
 public:
  struct Options {
    /// Absolute path without symbolic links.
    std::filesystem::path root;
    bool development = false;
    /// Who builds, for the manifest: "millrace 0.1.0".
    std::string generator;
    /// The environment the server itself was started with.
    std::map<std::string, std::string> real_environment;
    /// Compiles all routes, whatever millrace.toml says of them.
    std::optional<project::Engine> engine;
    /// How to start the builder; its environment is replaced before each start.
    workers::Launch launch;
    /// Told what is being done now, a few words; may be empty.
    std::function<void(std::string_view)> on_stage;
  };
  /// Where a build goes.
  struct Target {
    /// Absolute path of the folder for the bundles.
    std::filesystem::path outdir;
    /// Absolute path of the manifest: in `outdir` or a folder above it.
    std::filesystem::path manifest_file;
    std::string build_id;
  };
  using Done = std::function<void(BuildOutcome)>;

  ProjectBuilder(net::EventLoop& loop, Options options);
  ProjectBuilder(const ProjectBuilder&) = delete;
  ProjectBuilder& operator=(const ProjectBuilder&) = delete;
  ~ProjectBuilder();

  /// Builds into the folder; the manifest is there last, by rename. `done` is called once, from
  /// the loop; it may call build() again. One at a time.
  void build(Target target, Done done);

  /// Ends the processes used, then calls `done` from the loop. Nothing may be built after it.
  void end(std::function<void()> done) { client_.end(std::move(done)); }

 private:
  struct Run;

  void read_environment();
  void ask_for_config();
  void take_config(base::Result<boost::json::object> answer);
  void find_routes(std::span<const std::string> page_extensions);
  void ask_for_build();
  void take_build(base::Result<boost::json::object> answer);
  /// Reads what every response may hold; false where it fails the build, which is over then.
  [[nodiscard]] bool goes_on(project::JsonReader& response);
  void fail(std::string text);
  void finish();
  void tell(std::string_view stage) const;
  [[nodiscard]] boost::json::object command(std::string_view name) const;

  net::EventLoop& loop_;
  Options options_;
  BuilderClient client_;
  std::unique_ptr<Run> run_;
};

}  // namespace millrace::dev
