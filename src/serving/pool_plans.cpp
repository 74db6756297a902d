#include "serving/pool_plans.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include "base/host_resources.hpp"
#include "serving/inline_routes.hpp"
#include "serving/launch.hpp"
#include "serving/shared_memory.hpp"
#include "serving/worker_share.hpp"

namespace millrace::serving {

namespace {

constexpr std::string_view kHeapFlag = "--max-old-space-size";
constexpr std::string_view kYoungFlag = "--max-semi-space-size";
/// Renderings of pages live long enough to be moved out of V8's usual 16 MB, where only a full
/// collection frees them. The young generation takes up to three times as much.
constexpr std::uint64_t kYoungMegabytes = 32;
constexpr std::uint64_t kLeastHeapForPages = 512ULL << 20U;
constexpr std::string_view kPoolSize = "MILLRACE_DB_POOL_SIZE";
constexpr std::uint64_t kMegabyte = 1ULL << 20U;

/// Returns the value of a flag like "--max-old-space-size=512" (or with underscores for dashes), in
/// bytes.
std::optional<std::uint64_t> size_in(std::string_view text, std::string_view flag) {
  std::string normal(text);
  std::replace(normal.begin(), normal.end(), '_', '-');
  const std::size_t at = normal.find(flag);
  if (at == std::string::npos) return std::nullopt;
  const char* const digits = normal.data() + at + flag.size() + 1;
  std::uint64_t megabytes = 0;
  if (digits < normal.data() + normal.size()) {
    std::from_chars(digits, normal.data() + normal.size(), megabytes);
  }
  return megabytes * kMegabyte;
}

/// Returns the size that the project itself sets for Node.js processes by `flag`, 0 if its value is
/// unknown, or nullopt if it sets none.
std::optional<std::uint64_t> own_size(std::string_view flag, const project::PoolSettings& pool,
                                      const workers::Launch& launch) {
  for (const std::string& given : pool.node_flags) {
    if (const auto size = size_in(given, flag)) return size;
  }
  for (const std::string& line : launch.environment) {
    if (!line.starts_with("NODE_OPTIONS=")) continue;
    if (const auto size = size_in(line, flag)) return size;
  }
  return std::nullopt;
}

/// Returns the part of a plan that is the same for workers of any kind.
workers::PoolPlan common_plan(const project::PoolSettings& pool, const workers::Launch& plain) {
  workers::PoolPlan made{.launch = plain, .options = {}};
  for (const std::string& line : pool.env) set_variable(made.launch.environment, line);
  made.launch.cgroup_limits = {.memory = pool.memory_hard, .processes = pool.processes};
  made.launch.limits = static_cast<const project::ProcessLimits&>(pool);
  workers::PoolOptions& options = made.options;
  static_cast<project::PoolLimits&>(options) = static_cast<const project::PoolLimits&>(pool);
  options.name = pool.name;
  // Sandboxed code must neither read nor replace cached values that other pools trust.
  if (pool.sandbox.enabled) options.cache_scope = pool.name;
  return made;
}

workers::PoolPlan node_plan(const project::PoolSettings& pool, bool pages, std::size_t all_workers,
                            const workers::Launch& plain) {
  workers::PoolPlan made = common_plan(pool, plain);
  std::vector<std::string> flags = pool.node_flags;
  std::uint64_t heap = 0;
  if (const auto own = own_size(kHeapFlag, pool, plain)) {
    heap = *own;
  } else {
    heap =
        pool.memory_hard != 0 ? pool.memory_hard : heap_share(base::usable_memory(), all_workers);
    flags.push_back(fmt::format("{}={}", kHeapFlag, std::max<std::uint64_t>(heap / kMegabyte, 1)));
  }
  if (pages && heap >= kLeastHeapForPages && !own_size(kYoungFlag, pool, plain)) {
    flags.push_back(fmt::format("{}={}", kYoungFlag, kYoungMegabytes));
  }
  made.launch.arguments.insert(made.launch.arguments.begin(), flags.begin(), flags.end());
  made.options.heap_limit = heap;
  return made;
}

/// Another worker stands in for one that has not responded for this long. Under Node.js alone the
/// requests would wait instead, because two processes do not share memory.
constexpr std::chrono::milliseconds kHeld{2'000};

void serve_by_one(workers::PoolOptions& options) {
  options.serving = workers::Serving::one;
  options.held = options.blocked.count() > 0 ? std::min(kHeld, options.blocked) : kHeld;
}

/// A debugger can stop a worker for any length of time.
void allow_breakpoints(workers::PoolOptions& options) {
  options.blocked = options.start_timeout = options.held = std::chrono::milliseconds(0);
}

/// Returns the settings with one worker for each pool whose routes share memory.
project::Settings with_one_worker(project::Settings settings, const SharedMemory& memory) {
  for (std::size_t i = 0; i < settings.pools.size(); ++i) {
    if (!memory.one_worker[i]) continue;
    settings.pools[i].min = std::min<std::size_t>(settings.pools[i].min, 1);
    settings.pools[i].max = 1;
  }
  return settings;
}

/// An inline pool has one worker, in this process, and it cannot be replaced for its resource
/// usage.
void run_inline(workers::PoolPlan& made, workers::InlineFactory factory) {
  made.launch.inline_peer = std::move(factory);
  made.options.name += ", inline";
  made.options.min = 1;
  made.options.max = 1;
  made.options.blocked = std::chrono::milliseconds(0);
  made.options.memory = 0;
  made.options.memory_hard = 0;
}

workers::PoolPlan native_plan(const project::PoolSettings& pool, const workers::Launch& plain) {
  workers::PoolPlan made = common_plan(pool, plain);
  made.role = &workers::kNativeWorker;
  made.options.name += ", C++";
  const std::size_t threads = pool.threads > 0 ? pool.threads : base::usable_cpus();
  made.launch.arguments = {"--threads", std::to_string(threads)};
  return made;
}

base::Result<void> box_in(workers::PoolPlan& plan, const project::SandboxSettings& settings,
                          const std::filesystem::path& share) {
  workers::Launch& launch = plan.launch;
  workers::SandboxPlaces places{
      .root = launch.working_directory, .share = share, .node = launch.program, .data = {}};
  for (const std::string& folder : settings.data) places.data.push_back(places.root / folder);
  auto sandbox = workers::Sandbox::make(places);
  if (!sandbox) return sandbox.error();
  launch.sandbox = std::move(sandbox).value();
  if (plan.role == &workers::kNodeWorker) {
    const std::vector<std::string> flags = launch.sandbox->node_flags();
    launch.arguments.insert(launch.arguments.begin(), flags.begin(), flags.end());
  }
  launch.environment = launch.sandbox->environment(launch.environment, settings.env);
  return {};
}

/// The kinds of route of each pool, by index in the settings.
struct Kinds {
  bool node = false;
  bool native = false;
  /// Node.js workers that render pages.
  bool pages = false;
};

std::vector<Kinds> kinds_of_pools(const project::Settings& settings,
                                  const project::Manifest& manifest) {
  std::vector<Kinds> kinds(settings.pools.size());
  const auto note = [&kinds](std::size_t pool, bool native) {
    (native ? kinds[pool].native : kinds[pool].node) = true;
  };
  for (const project::Route& route : manifest.routes) {
    const std::size_t pool = project::pool_of(settings, route.path);
    note(pool, route.is_native());
    if (route.is_page()) kinds[pool].pages = true;
  }
  if (manifest.middleware) note(0, project::is_native_file(manifest.middleware->file));
  // A pool without routes gets Node.js workers: they run the routes that a later generation may
  // add. Only a project with C++ routes alone gets none.
  const bool all_native =
      !manifest.routes.empty() && std::all_of(manifest.routes.begin(), manifest.routes.end(),
                                              [](const auto& route) { return route.is_native(); });
  for (Kinds& kind : kinds) {
    if (!kind.native && (!all_native || kinds.size() == 1)) kind.node = true;
  }
  return kinds;
}

/// Returns the variables that all workers get. Error: the connection budget is smaller than the
/// number of workers.
base::Result<std::optional<std::string>> budget(const project::Settings& settings,
                                                std::size_t all_workers, std::size_t pools) {
  if (settings.db_connections == 0) return std::optional<std::string>();
  // One more for each pool: a worker that is being replaced still exists.
  const std::size_t most = std::max<std::size_t>(all_workers + pools, 1);
  const std::size_t share = settings.db_connections / most;
  if (share == 0) {
    return base::Error(
        base::ErrorCode::invalid,
        fmt::format("millrace.toml: db_connections: expected at least one for each of the {} "
                    "possible workers (the pools' max, and one more each for replacements), found "
                    "{}; raise it or lower a pool's max",
                    most, settings.db_connections));
  }
  return std::optional<std::string>(fmt::format("{}={}", kPoolSize, share));
}

/// The limits of the image optimiser's own pool. One worker makes each image once for all requests
/// that wait for it, and its image library uses threads of its own.
constexpr std::size_t kImageRequests = 32;
constexpr std::size_t kWaitingImages = 1024;
constexpr std::uint64_t kImageMemory = 512 * kMegabyte;

/// Adds a pool for the image optimiser where no pool of the settings claims its route, so that
/// images never occupy the workers of other routes.
project::Settings with_image_pool(project::Settings settings, const project::Manifest& manifest) {
  const auto route = std::find_if(
      manifest.routes.begin(), manifest.routes.end(),
      [](const project::Route& item) { return item.kind == project::RouterKind::image; });
  if (route == manifest.routes.end() || project::pool_of(settings, route->path) != 0) {
    return settings;
  }
  project::PoolSettings pool = settings.pools.front();
  pool.name = "images";
  pool.routes = {route->path};
  pool.count = project::WorkerCount::given;
  pool.min = 0;
  pool.max = 1;
  pool.concurrency = kImageRequests;
  pool.queue = std::min(pool.queue, kWaitingImages);
  if (pool.memory == 0 && pool.memory_hard == 0) {
    pool.memory = kImageMemory;
    pool.memory_hard = kImageMemory / 2 * 3;
  }
  settings.pools.push_back(std::move(pool));
  return settings;
}

}  // namespace

base::Result<FleetPlan> plan_fleet(const project::Settings& from_file,
                                   const project::Manifest& manifest, const Launches& launches,
                                   const std::filesystem::path& share) {
  const project::Settings given = with_image_pool(from_file, manifest);
  const std::vector<Kinds> kinds = kinds_of_pools(given, manifest);
  const SharedMemory memory = find_shared_memory(given, manifest);
  const project::Settings settings = with_one_worker(given, memory);
  std::size_t all_workers = 0;
  std::size_t pools = 0;
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    const std::size_t count = (kinds[i].node ? 1U : 0U) + (kinds[i].native ? 1U : 0U);
    all_workers += settings.pools[i].max * count;
    pools += count;
  }
  const auto connections = budget(settings, all_workers, pools);
  if (!connections) return connections.error();
  Launches plain = launches;
  if (*connections) {
    set_variable(plain.node.environment, **connections);
    set_variable(plain.native.environment, **connections);
  }
  FleetPlan plan;
  std::vector<PoolPlaces> places(kinds.size());
  const auto add = [&](const project::PoolSettings& pool,
                       workers::PoolPlan made) -> base::Result<void> {
    plan.pools.push_back(std::move(made));
    if (!pool.sandbox.enabled) return {};
    return box_in(plan.pools.back(), pool.sandbox, share);
  };
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    const project::PoolSettings& pool = settings.pools[i];
    if (kinds[i].node) {
      places[i].node = plan.pools.size();
      workers::PoolPlan made = node_plan(pool, kinds[i].pages, all_workers, plain.node);
      if (memory.one_worker[i]) serve_by_one(made.options);
      if (made.launch.inspector) allow_breakpoints(made.options);
      if (auto added = add(pool, std::move(made)); !added) return added.error();
    }
    if (kinds[i].native) {
      places[i].native = plan.pools.size();
      workers::PoolPlan made = native_plan(pool, plain.native);
      if (pool.run_inline) {
        auto factory = inline_routes(share, made.launch.environment);
        if (!factory) return factory.error();
        run_inline(made, std::move(factory).value());
      }
      if (auto added = add(pool, std::move(made)); !added) return added.error();
    }
  }
  plan.routes = describe_routes(settings, manifest, places);
  plan.notes = memory.notes;
  return plan;
}

std::vector<std::string> pools_of_routes(const project::Settings& settings,
                                         const project::Manifest& manifest) {
  const project::Settings all = with_image_pool(settings, manifest);
  std::vector<std::string> names;
  names.reserve(manifest.routes.size());
  for (const project::Route& route : manifest.routes) {
    names.push_back(all.pools[project::pool_of(all, route.path)].name);
  }
  return names;
}

std::vector<workers::RouteInfo> describe_routes(const project::Settings& settings,
                                                const project::Manifest& manifest,
                                                const std::vector<PoolPlaces>& places) {
  std::vector<workers::RouteInfo> routes;
  const auto place = [&places](std::size_t pool, bool native) {
    return native ? places[pool].native : places[pool].node;
  };
  for (const project::Route& route : manifest.routes) {
    const std::size_t pool = project::pool_of(settings, route.path);
    routes.push_back(
        {.path = route.path,
         .max_duration = route.max_duration.value_or(settings.pools[pool].max_duration),
         .pool = place(pool, route.is_native())});
  }
  if (!manifest.middleware) return routes;
  // The middleware's index is its route number, middleware_number().
  const std::string& file = manifest.middleware->file;
  routes.push_back({.path = file,
                    .max_duration = settings.pools[0].max_duration,
                    .pool = place(0, project::is_native_file(file))});
  return routes;
}

}  // namespace millrace::serving
