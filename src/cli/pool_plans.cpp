#include "cli/pool_plans.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

namespace millrace::cli {

namespace {

constexpr std::string_view kHeapFlag = "--max-old-space-size";
constexpr std::string_view kPoolSize = "MILLRACE_DB_POOL_SIZE";
constexpr std::uint64_t kMegabyte = 1ULL << 20U;
/// What Node.js gives itself at most where there is memory in plenty.
constexpr std::uint64_t kLargestHeap = 4096 * kMegabyte;
/// With less no project of size runs.
constexpr std::uint64_t kSmallestHeap = 256 * kMegabyte;

std::uint64_t machine_memory() {
  return static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) *
         static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

/// The number in "--max-old-space-size=512" or with an underscore for each dash, in bytes.
std::optional<std::uint64_t> heap_in(std::string_view text) {
  std::string normal(text);
  std::replace(normal.begin(), normal.end(), '_', '-');
  const std::size_t at = normal.find(kHeapFlag);
  if (at == std::string::npos) return std::nullopt;
  const char* const digits = normal.data() + at + kHeapFlag.size() + 1;
  std::uint64_t megabytes = 0;
  if (digits < normal.data() + normal.size()) {
    std::from_chars(digits, normal.data() + normal.size(), megabytes);
  }
  return megabytes * kMegabyte;
}

/// The limit that the project itself has set for the heap of Node.js processes, 0 for one that cannot
/// be told; none where it has set none.
std::optional<std::uint64_t> own_heap_limit(const project::PoolSettings& pool,
                                            const workers::Launch& launch) {
  for (const std::string& flag : pool.node_flags) {
    if (const auto limit = heap_in(flag)) return limit;
  }
  for (const std::string& line : launch.environment) {
    if (!line.starts_with("NODE_OPTIONS=")) continue;
    if (const auto limit = heap_in(line)) return limit;
  }
  return std::nullopt;
}

void set_variable(std::vector<std::string>& environment, std::string_view line) {
  const std::string_view name = line.substr(0, line.find('=') + 1);
  std::erase_if(environment, [name](const std::string& other) { return other.starts_with(name); });
  environment.emplace_back(line);
}

workers::PoolPlan plan(const project::PoolSettings& pool, std::size_t all_workers,
                       const workers::Launch& plain) {
  workers::PoolPlan made{.launch = plain, .options = {}};
  std::vector<std::string> flags = pool.node_flags;
  std::uint64_t heap = 0;
  if (const auto own = own_heap_limit(pool, plain)) {
    heap = *own;
  } else {
    heap = pool.memory_hard != 0
               ? pool.memory_hard
               : std::clamp(machine_memory() / 2 / std::max<std::size_t>(all_workers, 1),
                            kSmallestHeap, kLargestHeap);
    flags.push_back(fmt::format("{}={}", kHeapFlag, std::max<std::uint64_t>(heap / kMegabyte, 1)));
  }
  made.launch.arguments.insert(made.launch.arguments.begin(), flags.begin(), flags.end());
  for (const std::string& line : pool.env) set_variable(made.launch.environment, line);
  made.launch.cgroup_limits = {.memory = pool.memory_hard, .processes = pool.processes};
  made.launch.limits = {.processes = pool.processes, .open_files = pool.open_files};
  workers::PoolOptions& options = made.options;
  options.name = pool.name;
  options.scaling = {
      .min = pool.min, .max = pool.max, .target_wait = pool.target_wait, .idle = pool.idle};
  options.supervisor.start_timeout = pool.start_timeout;
  options.supervisor.drain_timeout = pool.drain_timeout;
  options.in_flight_per_worker = pool.concurrency;
  options.queue = pool.queue;
  options.queue_timeout = pool.queue_timeout;
  options.blocked = pool.blocked;
  options.memory = pool.memory;
  options.memory_hard = pool.memory_hard;
  options.heap_limit = heap;
  return made;
}

base::Result<void> box_in(workers::Launch& launch, const project::SandboxSettings& settings,
                          const std::filesystem::path& share) {
  workers::SandboxPlaces places{
      .root = launch.working_directory, .share = share, .node = launch.program, .data = {}};
  for (const std::string& folder : settings.data) places.data.push_back(places.root / folder);
  auto sandbox = workers::Sandbox::make(places);
  if (!sandbox) return sandbox.error();
  launch.sandbox = std::move(sandbox).value();
  const std::vector<std::string> flags = launch.sandbox->node_flags();
  launch.arguments.insert(launch.arguments.begin(), flags.begin(), flags.end());
  launch.environment = launch.sandbox->environment(launch.environment, settings.env);
  return {};
}

std::chrono::milliseconds max_duration(const project::Route& route,
                                       std::chrono::milliseconds otherwise) {
  const auto* const seconds = route.options.if_contains("maxDuration");
  if (seconds == nullptr || !seconds->is_number()) return otherwise;
  const double given = seconds->to_number<double>();
  // Anything else is not a duration; Next.js looks at none of it.
  if (!(given > 0) || given > 1e9) return otherwise;
  return std::chrono::milliseconds(static_cast<std::int64_t>(given * 1000));
}

}  // namespace

base::Result<std::vector<workers::PoolPlan>> plan_pools(const project::Settings& settings,
                                                        const workers::Launch& launch,
                                                        const std::filesystem::path& share) {
  std::size_t all_workers = 0;
  for (const project::PoolSettings& pool : settings.pools) all_workers += pool.max;
  workers::Launch plain = launch;
  if (settings.db_connections > 0) {
    // One more for each pool: a worker that is being replaced is still there.
    const std::size_t most = all_workers + settings.pools.size();
    const std::size_t share = settings.db_connections / most;
    if (share == 0) {
      return base::Error(
          base::ErrorCode::invalid,
          fmt::format("millrace.toml: db_connections: expected at least one for each of the {} "
                      "workers there may be (the pools' max, and one more each for replacements), "
                      "found {}; raise it or lower the pools' max",
                      most, settings.db_connections));
    }
    set_variable(plain.environment, fmt::format("{}={}", kPoolSize, share));
  }
  std::vector<workers::PoolPlan> plans;
  plans.reserve(settings.pools.size());
  for (const project::PoolSettings& pool : settings.pools) {
    plans.push_back(plan(pool, all_workers, plain));
    if (!pool.sandbox.enabled) continue;
    if (auto boxed = box_in(plans.back().launch, pool.sandbox, share); !boxed) {
      return boxed.error();
    }
  }
  return plans;
}

std::vector<workers::RouteInfo> describe_routes(const project::Settings& settings,
                                                const project::Manifest& manifest) {
  std::vector<workers::RouteInfo> routes;
  for (const project::Route& route : manifest.routes) {
    const std::size_t pool = project::pool_of(settings, route.path);
    routes.push_back({.path = route.path,
                      .max_duration = max_duration(route, settings.pools[pool].max_duration),
                      .pool = pool});
  }
  if (const auto* const middleware = manifest.middleware.if_object()) {
    const auto* const file = middleware->if_contains("file");
    routes.push_back({.path = file != nullptr && file->is_string()
                                  ? std::string(std::string_view(file->get_string()))
                                  : "middleware",
                      .max_duration = settings.pools[0].max_duration,
                      .pool = 0});
  }
  return routes;
}

}  // namespace millrace::cli
