// A deployment is a build together with the pools and limits that a Service uses to serve it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "gateway/limits.hpp"
#include "gateway/upstream_target.hpp"
#include "project/manifest.hpp"
#include "project/settings.hpp"
#include "serving/server_logs.hpp"
#include "serving/trace_options.hpp"
#include "workers/fleet.hpp"

namespace millrace::serving {

struct Deployment {
  project::Manifest manifest;
  /// The file that `manifest` was read from; workers read it again.
  std::filesystem::path manifest_file;
  /// In the order of the manifest's routes, followed by the middleware.
  std::vector<workers::RouteInfo> routes;
  /// The fleet's pools. Service::deploy() uses them only for the first deployment.
  std::vector<workers::PoolPlan> pools;
  /// The server limits that take effect with the build; without them the current limits stay.
  std::optional<gateway::ServerLimits> limits;
  /// The trusted proxies and allowed hosts; they take effect with `limits`.
  project::ProxyKeys proxies = {};
  /// The rules for requests by their path; they take effect with `limits`.
  project::TrafficSettings traffic;
  /// The server to which requests go that match nothing of the build.
  std::optional<gateway::UpstreamTarget> upstream;
  /// A path whose response must have a status below 500 before Service::replace() promotes the
  /// build; empty for none.
  std::string probe;
  /// A path at which the server responds with its readiness; empty for none.
  std::string health_path;
  /// Whether links in public/ that lead out of the project are not followed.
  bool links_stay = false;
  /// Compression of responses.
  project::CompressionKeys compression;
  /// TLS for clients. Whether there is any is decided when the server starts; the rest takes effect
  /// with the build.
  project::TlsSettings tls;
  /// The address for operators; used only when the server starts.
  project::AdminKeys admin;
  /// How traces are made; nothing for none. Used only when the server starts.
  std::optional<TraceOptions> tracing;
  /// Notes for the user about the build, one line each, for whoever deploys it to show.
  std::vector<std::string> notes;
  /// Whether cached values stay: no code has changed.
  bool keeps_cache = false;
  /// The env files that the workers' environment comes from.
  std::vector<std::string> environment_files;
  /// What the server logs from when the build is in service.
  std::optional<LogPlan> logs;
  /// A JSON object with variables to set in running workers (null removes one); empty for none.
  std::string environment_changes;
};

}  // namespace millrace::serving
