// ProjectBuilder runs one build of a project: it reads the environment files and settings, has the
// builder evaluate next.config, finds the routes, has the builder bundle them and write the
// manifest last, and reads the manifest. `millrace build` runs it once, the development server once
// for each save. An inspection takes the same steps up to the routes, and builds nothing.
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
#include "dev/inspection.hpp"
#include "net/event_loop.hpp"
#include "project/environment.hpp"
#include "project/json_reader.hpp"
#include "project/manifest.hpp"
#include "project/settings.hpp"

namespace millrace::dev {

/// A build that can be served.
struct BuiltProject {
  project::Manifest manifest;
  /// Absolute path. The bundles' paths are relative to its folder.
  std::filesystem::path manifest_file;
  project::Environment environment;
  /// Messages for files that cannot be compiled and throw when they are loaded (development only).
  std::vector<std::string> problems;
  std::vector<std::string> warnings;
  /// Notes on the build, one line each.
  std::vector<std::string> notes;
  /// The size in bytes of each route's module, in the manifest's order.
  std::vector<std::uint64_t> sizes;
  /// The configuration file, relative to the project; empty where there is none.
  std::string config_file;
  /// The folder that can be served elsewhere, if one was requested.
  std::filesystem::path standalone;
  /// The paths of the routes in JavaScript that this build has compiled (development only).
  std::vector<std::string> compiled;
};

/// What update() is for.
struct UpdateRequest {
  /// Absolute paths of the files whose contents have changed.
  std::vector<std::string> changes;
  /// The files of the routes to compile, relative to the project.
  std::vector<std::string> wanted;
};

/// The outcome of a build.
struct BuildOutcome {
  std::optional<BuiltProject> built;
  /// The result of inspect() instead.
  std::optional<Inspection> inspection;
  /// The reason why there is neither, for the user: one or more lines.
  std::string failure;
  /// Absolute paths of the source files that make this outcome stale when they change.
  std::vector<std::filesystem::path> inputs;
  /// Those of `inputs` that next.config consists of.
  std::vector<std::filesystem::path> config_inputs;
};

/// A place in a source file.
struct SourceFilePlace {
  /// Absolute path.
  std::filesystem::path file;
  /// Both are counted from 1.
  std::uint32_t line = 1;
  std::uint32_t column = 1;
};

/// 16 random hexadecimal digits.
[[nodiscard]] std::string new_build_id();

/// Belongs to the loop's thread.
class ProjectBuilder {
 public:
  struct Options {
    /// Absolute path without symbolic links.
    std::filesystem::path root;
    bool development = false;
    /// The program for the manifest: "millrace 0.1.0".
    std::string generator;
    /// The environment of the server's process.
    std::map<std::string, std::string> real_environment;
    /// The engine for all routes, which overrides millrace.toml.
    std::optional<project::Engine> engine;
    /// How to start the builder; its environment is replaced before each start.
    workers::Launch launch;
    /// Called with a few words on the current step; can be empty.
    std::function<void(std::string_view)> on_stage;
  };
  /// The output of a build.
  struct Target {
    /// Absolute path of the folder for the bundles.
    std::filesystem::path outdir;
    /// Absolute path of the manifest: in `outdir` or a folder above it.
    std::filesystem::path manifest_file;
    std::string build_id;
    /// Absolute path of a folder to make from which the build can be served without the project;
    /// empty for none.
    std::filesystem::path standalone = {};
  };
  using Done = std::function<void(BuildOutcome)>;

  ProjectBuilder(net::EventLoop& loop, Options options);
  ProjectBuilder(const ProjectBuilder&) = delete;
  ProjectBuilder& operator=(const ProjectBuilder&) = delete;
  ~ProjectBuilder();

  /// Builds into the folder. The manifest is written last, by rename. `done` is called once, from
  /// the loop; it can call build() again. One build at a time.
  void build(Target target, Done done);

  /// Builds again after the last build(), which had no failure: where only the contents of files
  /// have changed that are not part of the configuration, or for routes that are asked for. Much
  /// faster than build(). As build() otherwise. Development only.
  void update(Target target, UpdateRequest request, Done done);

  /// Whether update() can be called: there is a build that it can repeat.
  [[nodiscard]] bool can_update() const { return last_ != nullptr; }

  /// Inspects the project. `done` is called as by build().
  void inspect(Done done);

  /// Opens a file of the project in the developer's editor, after a build that is running. `failed`
  /// is called from the loop with the reason if that is not possible.
  void open_in_editor(const SourceFilePlace& place, std::function<void(std::string)> failed);

  /// Ends the processes used, then calls `done` from the loop. No build() after it.
  void end(std::function<void()> done) { client_.end(std::move(done)); }

 private:
  struct Run;

  void read_environment();
  void ask_for_config();
  void take_config(base::Result<boost::json::object> response);
  void find_routes(std::span<const std::string> page_extensions);
  void ask_for_build();
  void ask_for_update(const UpdateRequest& request);
  void ask_for_inspection();
  void take_inspection(base::Result<boost::json::object> response);
  [[nodiscard]] boost::json::object command_about_routes(std::string_view name) const;
  void take_build(base::Result<boost::json::object> response);
  /// Reads the members that every response can have. Returns false where they fail the build, which
  /// is then over.
  [[nodiscard]] bool read_common(project::JsonReader& response);
  void fail(std::string text);
  void finish();
  void report_stage(std::string_view stage) const;
  [[nodiscard]] boost::json::object command(std::string_view name) const;

  net::EventLoop& loop_;
  Options options_;
  BuilderClient client_;
  std::unique_ptr<Run> run_;
  /// What the last build has found out about the project (development); null after a failure.
  std::unique_ptr<Run> last_;
};

}  // namespace millrace::dev
