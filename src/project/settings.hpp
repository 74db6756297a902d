// Settings are the contents of `millrace.toml` beside next.config: pools of workers, and limits.
// Next.js has no options for these, so they have a file of their own; a project without one uses
// the defaults. settings_keys.json lists all keys: the structs of their values are generated from
// it.
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
#include "project/traffic_settings.hpp"

namespace millrace::project {

/// What a pool's workers can access when it is sandboxed; see docs/sandbox.md.
struct SandboxSettings : SandboxKeys {
  bool enabled = false;
};

/// What determines the number of a pool's workers.
enum class WorkerCount : std::uint8_t {
  /// Not set: one where the build has found memory state in the routes, else from `min` to `max`.
  by_memory,
  /// From `min` to `max`, as set by the user.
  given,
};

/// A pool of workers: `[pools.NAME]`. A duration of zero means "no limit" unless stated otherwise.
struct PoolSettings : PoolLimits, ProcessLimits, PoolKeys {
  std::string name = "default";
  WorkerCount count = WorkerCount::by_memory;
  SandboxSettings sandbox;
};

/// `[build]`: which engine compiles which route.
struct BuildSettings : BuildKeys {
  using Rule = EngineRule;

  /// `[[build.routes]]`, in the file's order: the first one that matches applies.
  std::vector<Rule> routes;
};

/// `[tls]`: TLS for the server's clients.
struct TlsSettings : TlsKeys {
  /// That of `certificate` and `key`, if these are set, and those of `[[tls.certificates]]`. Empty:
  /// the server speaks HTTP only.
  std::vector<TlsCertificateKeys> certificates;
};

struct Settings : ServerKeys {
  ServerLimits limits;
  ProxyKeys proxies;
  CompressionKeys compression;
  /// `[[limits.rate]]`, `[[limits.concurrency]]`, `[[limits.priority]]`, `[[cors]]`, `[[headers]]`.
  TrafficSettings traffic;
  TlsSettings tls;
  LogKeys log;
  AdminKeys admin;
  TracingKeys tracing;
  UpstreamKeys upstream;
  /// The default pool is the first; the others are in the file's order.
  std::vector<PoolSettings> pools;
  NativeSettings native;
  BuildSettings build;
};

/// Reads `root`/millrace.toml. `defaults` provides the values that are not set, and all values
/// where the file does not exist. Errors name the file, the line, what was expected and what was
/// found; an unknown key is an error.
[[nodiscard]] base::Result<Settings> read_settings(const std::filesystem::path& root,
                                                   const PoolSettings& defaults);

/// Like read_settings, from text; `file` is for messages.
[[nodiscard]] base::Result<Settings> parse_settings(std::string_view text, std::string_view file,
                                                    const PoolSettings& defaults);

/// Returns the index in `settings.pools` of the pool that runs the route: the first of the named
/// ones with a glob that matches, else the default.
[[nodiscard]] std::size_t pool_of(const Settings& settings, std::string_view path);

/// Returns the engine for the route: that of the first rule whose glob matches, else `[build]
/// engine`.
[[nodiscard]] Engine engine_of(const BuildSettings& build, std::string_view path);

}  // namespace millrace::project
