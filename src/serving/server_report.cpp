#include "serving/server_report.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/site.hpp"
#include "workers/process_memory.hpp"

namespace millrace::serving {

namespace {

namespace json = boost::json;

std::string_view state_of(const workers::WorkerReport& worker) {
  if (!worker.retires_because.empty() && worker.state == workers::WorkerState::ready) {
    return "retiring";
  }
  switch (worker.state) {
    case workers::WorkerState::starting:
      return "starting";
    case workers::WorkerState::ready:
      return "ready";
    case workers::WorkerState::draining:
      return "draining";
    case workers::WorkerState::dead:
      return "dead";
  }
  return "";
}

json::object object_of(const workers::WorkerReport& worker) {
  return {{"pid", worker.pid},
          {"state", state_of(worker)},
          {"why", worker.retires_because},
          {"in_flight", worker.in_flight},
          {"streaming", worker.streaming},
          {"requests", worker.invocations},
          {"rss", worker.rss},
          {"heap_used", worker.heap_used},
          {"lag_us", worker.lag.count()},
          {"utilization", worker.utilization},
          {"age_ms", worker.age.count()}};
}

json::object object_of(const workers::PoolReport& pool, const workers::Load& load) {
  json::array routes;
  for (const workers::RouteAccount& account : pool.routes) {
    if (account.route >= load.routes->size()) continue;
    routes.push_back(json::object{{"path", (*load.routes)[account.route].path},
                                  {"requests", account.invocations},
                                  {"cpu_us", account.cpu_us},
                                  {"kept_bytes", account.kept_bytes}});
  }
  json::array workers;
  for (const workers::WorkerReport& worker : pool.workers) workers.push_back(object_of(worker));
  return {{"name", pool.name},
          {"wanted", pool.wanted},
          {"min", pool.min},
          {"max", pool.max},
          {"queued", pool.queued},
          {"deaths", pool.deaths},
          {"last_death", pool.last_death},
          {"workers", std::move(workers)},
          {"routes", std::move(routes)}};
}

/// Routes shown of a pool.
constexpr std::size_t kMostRoutes = 10;

using Row = std::vector<std::string>;

std::string text_of(const json::object& object, std::string_view name) {
  const auto* const value = object.if_contains(name);
  if (value == nullptr) return "-";
  if (value->is_string()) return std::string(value->get_string());
  return json::serialize(*value);
}

double number_of(const json::object& object, std::string_view name) {
  const auto* const value = object.if_contains(name);
  return value != nullptr && value->is_number() ? value->to_number<double>() : 0;
}

std::string megabytes(const json::object& object, std::string_view name) {
  return fmt::format("{:.0f} MB", number_of(object, name) / (1 << 20));
}

std::string age(double milliseconds) {
  const auto seconds = static_cast<long>(milliseconds / 1000);
  if (seconds < 120) return fmt::format("{} s", seconds);
  if (seconds < 7200) return fmt::format("{} min", seconds / 60);
  return fmt::format("{} h", seconds / 3600);
}

Row row_of(const std::string& pool, const json::object& worker) {
  return {text_of(worker, "pid"),
          pool,
          text_of(worker, "state"),
          text_of(worker, "in_flight"),
          text_of(worker, "streaming"),
          text_of(worker, "requests"),
          megabytes(worker, "rss"),
          fmt::format("{:.1f} ms", number_of(worker, "lag_us") / 1000),
          fmt::format("{:.0f} %", number_of(worker, "utilization") * 100),
          age(number_of(worker, "age_ms"))};
}

void print_rows(const std::vector<Row>& rows, std::ostream& out) {
  std::vector<std::size_t> widths(rows.front().size());
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  for (const Row& row : rows) {
    std::string line = " ";
    for (std::size_t i = 0; i < row.size(); ++i) line += fmt::format(" {:<{}} ", row[i], widths[i]);
    line.erase(line.find_last_not_of(' ') + 1);
    out << line << '\n';
  }
}

/// The objects in a list; none where it is no list of objects.
std::vector<const json::object*> objects_in(const json::object& object, std::string_view name) {
  std::vector<const json::object*> all;
  const auto* const value = object.if_contains(name);
  if (value == nullptr || !value->is_array()) return all;
  for (const auto& item : value->get_array()) {
    if (const auto* const found = item.if_object()) all.push_back(found);
  }
  return all;
}

void print_routes(const json::object& pool, std::ostream& out) {
  std::vector<Row> rows{{"ROUTE", "REQUESTS", "CPU A REQUEST", "SEEMS TO KEEP"}};
  for (const json::object* const route : objects_in(pool, "routes")) {
    if (rows.size() > kMostRoutes) break;
    const double requests = std::max(number_of(*route, "requests"), 1.0);
    rows.push_back({text_of(*route, "path"), text_of(*route, "requests"),
                    fmt::format("{:.0f} us", number_of(*route, "cpu_us") / requests),
                    fmt::format("{:.1f} KB", number_of(*route, "kept_bytes") / 1024)});
  }
  if (rows.size() == 1) return;
  print_rows(rows, out);
  out << '\n';
}

}  // namespace

json::object report_of(const Service& service, std::uint16_t port) {
  json::array pools;
  if (const workers::Fleet* const fleet = service.fleet()) {
    for (const workers::PoolReport& pool : fleet->report())
      pools.push_back(object_of(pool, fleet->last_load()));
  }
  const gateway::Site* const site = service.site();
  return {{"pid", ::getpid()},
          {"port", port},
          {"build", site == nullptr ? "" : site->manifest.build_id},
          {"rss", workers::resident_memory(::getpid())},
          {"pools", std::move(pools)}};
}

void print_report(const json::object& report, std::ostream& out) {
  fmt::print(out, "server {} on port {}, build {}, {}\n\n", text_of(report, "pid"),
             text_of(report, "port"), text_of(report, "build"), megabytes(report, "rss"));
  std::vector<Row> rows{
      {"PID", "POOL", "STATE", "OPEN", "STREAMS", "REQUESTS", "MEMORY", "LAG", "BUSY", "AGE"}};
  for (const json::object* const pool : objects_in(report, "pools")) {
    for (const json::object* const worker : objects_in(*pool, "workers")) {
      rows.push_back(row_of(text_of(*pool, "name"), *worker));
    }
  }
  print_rows(rows, out);
  out << '\n';
  for (const json::object* const pool : objects_in(report, "pools")) {
    print_routes(*pool, out);
    fmt::print(out, "  pool {}: {} workers wanted of {} to {}, {} requests wait, {} workers died",
               text_of(*pool, "name"), text_of(*pool, "wanted"), text_of(*pool, "min"),
               text_of(*pool, "max"), text_of(*pool, "queued"), text_of(*pool, "deaths"));
    if (number_of(*pool, "deaths") > 0)
      fmt::print(out, " (last: {})", text_of(*pool, "last_death"));
    out << '\n';
    for (const json::object* const worker : objects_in(*pool, "workers")) {
      const std::string why = text_of(*worker, "why");
      if (!why.empty() && why != "-") {
        fmt::print(out, "  worker {} is being replaced: {}\n", text_of(*worker, "pid"), why);
      }
    }
  }
}

}  // namespace millrace::serving
