#include "cli/status_table.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <cstddef>
#include <ostream>
#include <string>
#include <vector>

#include "cli/text_table.hpp"

namespace millrace::cli {

namespace {

using serving::PoolStatus;
using serving::RouteStatus;
using serving::WorkerStatus;
using Row = TextRow;

/// Maximum number of routes listed for a pool.
constexpr std::size_t kMaxRoutes = 10;

std::string megabytes(std::uint64_t bytes) {
  return fmt::format("{:.0f} MB", static_cast<double>(bytes) / (1 << 20));
}

std::string age_of(std::int64_t milliseconds) {
  const std::int64_t seconds = milliseconds / 1000;
  if (seconds < 120) return fmt::format("{} s", seconds);
  if (seconds < 7200) return fmt::format("{} min", seconds / 60);
  return fmt::format("{} h", seconds / 3600);
}

Row row_of(const std::string& pool, const WorkerStatus& worker) {
  return {std::to_string(worker.pid),
          pool,
          worker.state,
          std::to_string(worker.in_flight),
          std::to_string(worker.streaming),
          std::to_string(worker.requests),
          megabytes(worker.rss),
          fmt::format("{:.1f} ms", static_cast<double>(worker.lag_us) / 1000),
          fmt::format("{:.0f} %", worker.utilization * 100),
          age_of(worker.age_ms)};
}

Row row_of(const RouteStatus& route) {
  const auto requests = static_cast<double>(std::max<std::uint64_t>(route.requests, 1));
  return {route.path, std::to_string(route.requests),
          fmt::format("{:.0f} us", static_cast<double>(route.cpu_us) / requests),
          fmt::format("{:.1f} KB", route.kept_bytes / 1024)};
}

void print_rows(const std::vector<Row>& rows, std::ostream& out) {
  for (const std::string& line : align_columns(rows)) out << "  " << line << '\n';
  out << '\n';
}

void print_routes(const PoolStatus& pool, std::ostream& out) {
  if (pool.routes.empty()) return;
  std::vector<Row> rows{{"ROUTE", "REQUESTS", "CPU/REQ", "RETAINED/REQ"}};
  for (const RouteStatus& route : pool.routes) {
    if (rows.size() > kMaxRoutes) break;
    rows.push_back(row_of(route));
  }
  print_rows(rows, out);
}

void print_pool(const PoolStatus& pool, std::ostream& out) {
  print_routes(pool, out);
  fmt::print(out, "  pool {}: workers: {} (min {}, max {}), queue: {}, deaths: {}", pool.name,
             pool.wanted, pool.min, pool.max, pool.queued, pool.deaths);
  if (pool.deaths > 0) fmt::print(out, " (last: {})", pool.last_death);
  out << '\n';
  for (const WorkerStatus& worker : pool.workers) {
    if (worker.why.empty()) continue;
    fmt::print(out, "  worker {} is being replaced: {}\n", worker.pid, worker.why);
  }
}

}  // namespace

void print_status(const serving::ServerStatus& server, std::ostream& out) {
  fmt::print(out, "server {} on port {}, build {}, {}\n\n", server.pid, server.port, server.build,
             megabytes(server.rss));
  std::vector<Row> rows{
      {"PID", "POOL", "STATE", "OPEN", "STREAMS", "REQUESTS", "MEMORY", "LAG", "BUSY", "AGE"}};
  for (const PoolStatus& pool : server.pools) {
    for (const WorkerStatus& worker : pool.workers) rows.push_back(row_of(pool.name, worker));
  }
  print_rows(rows, out);
  for (const PoolStatus& pool : server.pools) print_pool(pool, out);
}

}  // namespace millrace::cli
