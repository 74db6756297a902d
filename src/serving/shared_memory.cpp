#include "serving/shared_memory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <set>

namespace millrace::serving {

namespace {

using project::MemoryState;

/// Returns which pool runs the code of each file; routes in C++ are not included, and neither is the
/// image optimiser, which runs no code of the project's.
std::map<std::string, std::size_t> pools_of_files(const project::Settings& settings,
                                                  const project::Manifest& manifest) {
  std::map<std::string, std::size_t> pools;
  for (const project::Route& route : manifest.routes) {
    if (route.is_native() || route.kind == project::RouterKind::image) continue;
    pools.emplace(route.file, project::pool_of(settings, route.path));
  }
  if (manifest.middleware && !project::is_native_file(manifest.middleware->file)) {
    pools.emplace(manifest.middleware->file, 0);
  }
  return pools;
}

std::set<std::size_t> pools_of(const MemoryState& state,
                               const std::map<std::string, std::size_t>& pools) {
  std::set<std::size_t> found;
  for (const auto& [file, pool] : pools) {
    const auto& routes = state.routes;
    const bool reaches =
        routes.empty() || std::find(routes.begin(), routes.end(), file) != routes.end();
    if (reaches) found.insert(pool);
  }
  return found;
}

std::string place_of(const MemoryState& state) {
  return fmt::format("{}:{} ({})", state.file, state.line, state.name);
}

std::string one_worker_note(const project::PoolSettings& pool,
                            const std::vector<MemoryState>& found) {
  const std::string of_pool = pool.name == "default" ? "" : " of pool " + pool.name;
  return fmt::format(
      "  - State in memory: {}; one worker{} serves (several: workers = \"auto\" in [pools.{}])",
      name_memory_state(found), of_pool, pool.name);
}

}  // namespace

std::string name_memory_state(const std::vector<MemoryState>& found) {
  std::string text = place_of(found.front());
  if (found.size() > 1) text += fmt::format(" and {} more", found.size() - 1);
  return text;
}

SharedMemory find_shared_memory(const project::Settings& settings,
                                const project::Manifest& manifest) {
  SharedMemory memory{.one_worker = std::vector<bool>(settings.pools.size()), .notes = {}};
  const auto files = pools_of_files(settings, manifest);
  std::map<std::size_t, std::vector<MemoryState>> by_pool;
  std::vector<MemoryState> divided;
  for (const MemoryState& state : manifest.memory_state) {
    const std::set<std::size_t> pools = pools_of(state, files);
    for (const std::size_t pool : pools) by_pool[pool].push_back(state);
    if (pools.size() > 1) divided.push_back(state);
  }
  for (const auto& [place, found] : by_pool) {
    const project::PoolSettings& pool = settings.pools[place];
    if (pool.count == project::WorkerCount::given) continue;
    memory.one_worker[place] = true;
    memory.notes.push_back(one_worker_note(pool, found));
  }
  if (!divided.empty()) {
    memory.notes.push_back(fmt::format(
        "  - {} is state of routes in several pools, which do not share memory: each has "
        "its own",
        name_memory_state(divided)));
  }
  return memory;
}

}  // namespace millrace::serving
