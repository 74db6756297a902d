// Inspection is what the builder finds out about a project without building it: how each route would
// be compiled, and what else about the project matters to those who serve it (`inspect` of
// protocol/link.md).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "project/json_reader.hpp"
#include "project/memory_state.hpp"
#include "project/project_config.hpp"
#include "project/route.hpp"

namespace millrace::dev {

/// How a build would compile a route.
struct RouteEngine {
  /// "light", "next" or "C++".
  std::string engine;
  /// Why it is the engine `next`; empty for others.
  std::string reason;
};

/// The middleware or the instrumentation file.
struct InspectedFile {
  /// Relative to the project.
  std::string file;
  /// Of the middleware its runtime, of the instrumentation file its engine.
  std::string kind;
};

/// An option of next.config that Millrace replaces.
struct ReplacedOption {
  std::string option;
  /// What holds instead, as a sentence.
  std::string text;
};

struct Inspection {
  /// The configuration file, relative to the project; empty where there is none.
  std::string config_file;
  project::ProjectConfig config;
  /// As discovered, without pages.
  std::vector<project::Route> routes;
  /// In the order of the routes.
  std::vector<RouteEngine> engines;
  /// The version of the project's Next.js; empty if it cannot compile anything.
  std::string next_version;
  /// Why not, and what to do; empty if it can.
  std::string next_missing;
  /// Errors that fail a build; the engines are unknown then.
  std::vector<std::string> failures;
  std::vector<std::string> warnings;
  std::vector<project::MemoryState> memory_state;
  std::optional<InspectedFile> middleware;
  std::optional<InspectedFile> instrumentation;
  std::vector<ReplacedOption> replaced;
  /// The file of a custom server, relative to the project; empty if there is none.
  std::string custom_server;
};

/// Reads the builder's reply to `inspect` into what it is about: everything but configuration and
/// routes, which must be there. Errors are recorded in the reader.
void read_inspection(project::JsonReader& reply, Inspection& inspection);

}  // namespace millrace::dev
