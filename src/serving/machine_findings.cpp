#include "serving/machine_findings.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>

#include "base/host_resources.hpp"
#include "control/control_client.hpp"
#include "net/listener.hpp"
#include "serving/node_program.hpp"
#include "serving/worker_share.hpp"
#include "workers/sandbox.hpp"

namespace millrace::serving {

namespace {

constexpr std::uint64_t kMegabyte = 1ULL << 20U;
/// Below this, workers of a usual project and the server do not have room beside each other.
constexpr std::uint64_t kLittleMemory = 256 * kMegabyte;

Finding node_finding(const Runtime& runtime) {
  const std::string version = node_version(runtime.node);
  if (!is_supported_node(version)) {
    return {.severity = Severity::unserved,
            .about = "Node.js",
            .text = fmt::format("{} reports version \"{}\".", runtime.node.string(), version),
            .remedy =
                "Millrace contains Node.js 24; leave out --node, or name a Node.js 22.15 or "
                "newer."};
  }
  return {.severity = Severity::fine,
          .about = "Node.js",
          .text = fmt::format("{} ({})", version, runtime.node.string())};
}

Finding memory_finding() {
  const std::uint64_t usable = base::usable_memory();
  const auto limit = base::group_limits().memory;
  const std::string text =
      fmt::format("{} MB{}", usable / kMegabyte, limit ? ", limited by the control group" : "");
  if (usable >= kLittleMemory) {
    return {.severity = Severity::fine, .about = "memory", .text = text};
  }
  return {.severity = Severity::warning,
          .about = "memory",
          .text = text,
          .remedy = fmt::format("A worker needs 60 to 150 MB; give the container at least {} MB.",
                                kLittleMemory / kMegabyte)};
}

Finding cpu_finding() {
  const auto limit = base::group_limits().cpus;
  const std::size_t cpus = base::usable_cpus();
  std::string text = fmt::format("{}; at most {} worker(s) in a pool", cpus,
                                 most_workers(cpus, base::usable_memory()));
  if (limit) text += fmt::format(", limited to {:.1f} by the control group", *limit);
  return {.severity = Severity::fine, .about = "CPUs", .text = std::move(text)};
}

/// The command raises its limit as a server does when it starts.
Finding descriptor_finding(const project::ServerLimits& limits) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) {
    return {.severity = Severity::warning,
            .about = "file descriptors",
            .text = "Their limit cannot be read."};
  }
  const std::uint64_t wanted = limits.connections + limits.descriptor_reserve;
  const std::string text = fmt::format("{}", limit.rlim_max);
  if (limit.rlim_max == RLIM_INFINITY || limit.rlim_max >= wanted) {
    return {.severity = Severity::fine,
            .about = "file descriptors",
            .text = limit.rlim_max == RLIM_INFINITY ? "no limit" : text};
  }
  return {
      .severity = Severity::warning,
      .about = "file descriptors",
      .text = fmt::format("{}, but [limits] connections is {}: fewer connections are accepted.",
                          text, limits.connections),
      .remedy = fmt::format("Raise the limit (LimitNOFILE={} of systemd, --ulimit of Docker), or "
                            "lower `connections` (docs/limits.md).",
                            wanted)};
}

/// Pools with a sandbox have been planned before: where one fails, that is an error of its own.
Finding sandbox_finding(const Runtime& runtime, const project::Settings& settings) {
  const bool used =
      std::any_of(settings.pools.begin(), settings.pools.end(),
                  [](const project::PoolSettings& pool) { return pool.sandbox.enabled; });
  const auto made = workers::Sandbox::make(
      {.root = runtime.root, .share = runtime.share, .node = runtime.node, .data = {}});
  if (made) {
    return {.severity = Severity::fine,
            .about = "sandbox",
            .text = used ? "The kernel supports it; millrace.toml uses it."
                         : "The kernel supports it; no pool of millrace.toml uses it."};
  }
  return {.severity = used ? Severity::unserved : Severity::note,
          .about = "sandbox",
          .text = made.error().message(),
          .remedy = used ? "docs/sandbox.md says what the kernel has to support."
                         : "No pool uses it: nothing to do."};
}

Finding port_finding(const Runtime& runtime, const DoctorAddress& address) {
  for (const auto& server : control::running_servers(runtime.root)) {
    if (server.port != address.port) continue;
    return {.severity = Severity::fine,
            .about = "port",
            .text = fmt::format("{}: this project's server listens on it.", address.port)};
  }
  const auto bound = net::bind_sockets(address.host, address.port);
  if (bound) {
    return {.severity = Severity::fine,
            .about = "port",
            .text = fmt::format("{} is free.", bound->port)};
  }
  return {.severity = Severity::warning,
          .about = "port",
          .text = bound.error().message(),
          .remedy = "Choose another with -p or PORT."};
}

}  // namespace

std::vector<Finding> examine_machine(const Runtime& runtime, const project::Settings& settings,
                                     const DoctorAddress& address) {
  return {node_finding(runtime),
          memory_finding(),
          cpu_finding(),
          descriptor_finding(settings.limits),
          sandbox_finding(runtime, settings),
          port_finding(runtime, address)};
}

}  // namespace millrace::serving
