// Settings are what `millrace.toml` beside next.config says: pools of workers, and limits. Next.js has
// no word for any of it, so it has a file of its own; a project without one runs with the defaults.
// settings_keys.json has all keys: the structs that hold their values are generated from it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "project/engine.hpp"
#include "project/generated/settings_structs.hpp"

namespace millrace::project {

/// What a pool's workers may reach when it is sandboxed; see docs/sandbox.md.
struct SandboxSettings : SandboxKeys {
  bool enabled = false;
};

/// Who decides how many workers a pool has.
enum class WorkerCount : std::uint8_t {
  /// Nothing says: one where the build has found that routes keep state in memory, else from `min` to
  /// `max`.
  by_memory,
  /// From `min` to `max`, as somebody has asked.
  given,
};

/// A pool of workers: `[pools.NAME]`. Durations of zero mean "no limit" unless said otherwise.
struct PoolSettings : PoolLimits, ProcessLimits, PoolKeys {
  std::string name = "default";
  WorkerCount count = WorkerCount::by_memory;
  SandboxSettings sandbox;
};

/// `[build]`: which engine compiles which route.
struct BuildSettings : BuildKeys {
  using Rule = EngineRule;

  /// `[[build.routes]]`, in the file's order: the first that matches holds.
  std::vector<Rule> routes;
};

struct Settings : ServerKeys {
  ServerLimits limits;
  /// The default pool is first; the others stand in the file's order.
  std::vector<PoolSettings> pools;
  NativeSettings native;
  BuildSettings build;
};

/// Reads `root`/millrace.toml; without one, what `defaults` says. `defaults` also stands for what a
/// pool leaves out. Errors name the file, the line, what was expected and what was found; an unknown
/// key is an error.
[[nodiscard]] base::Result<Settings> read_settings(const std::filesystem::path& root,
                                                   const PoolSettings& defaults);

/// The same from text; `file` is for messages.
[[nodiscard]] base::Result<Settings> parse_settings(std::string_view text, std::string_view file,
                                                    const PoolSettings& defaults);

/// The place in `settings.pools` of the pool that runs the route: the first of the named ones with
/// a glob that matches, else the default.
[[nodiscard]] std::size_t pool_of(const Settings& settings, std::string_view path);

/// The engine that the settings say for the route: that of the first rule whose glob matches, else
/// `[build] engine`.
[[nodiscard]] Engine engine_of(const BuildSettings& build, std::string_view path);

}  // namespace millrace::project
