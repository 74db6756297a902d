// Measures what it costs to find a request's route, from target to route and parameters, in projects
// of 10 to 10,000 routes: static ones, one parameter deep in the path, a catch-all, and no route.
#include <benchmark/benchmark.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "project/route.hpp"
#include "routing/matcher.hpp"
#include "routing/path.hpp"

namespace millrace::routing {
namespace {

/// Resources of a typical SaaS: five routes each.
std::vector<project::Route> routes_of(std::size_t count) {
  std::vector<project::Route> routes;
  const auto add = [&routes](std::string path) {
    project::Route route;
    route.path = std::move(path);
    route.parameters = project::parameters_of(route.path);
    routes.push_back(std::move(route));
  };
  for (std::size_t number = 0; routes.size() < count; ++number) {
    const std::string base = "/api/v1/resource-" + std::to_string(number);
    add(base);
    add(base + "/search");
    add(base + "/[id]");
    add(base + "/[id]/items/[item]");
    add(base + "/files/[...path]");
  }
  routes.resize(count);
  return routes;
}

/// Requests a different resource each time, so that branch predictor and cache are not warm.
std::vector<std::string> targets_of(std::size_t count, std::string_view rest) {
  std::vector<std::string> targets;
  for (std::size_t number = 0; number < 1024; ++number) {
    const std::size_t resource = number * 7919 % (count / 5);
    targets.push_back("/api/v1/resource-" + std::to_string(resource) + std::string(rest));
  }
  return targets;
}

void find(benchmark::State& state, std::string_view rest) {
  const auto count = static_cast<std::size_t>(state.range(0));
  const std::vector<project::Route> routes = routes_of(count);
  const Matcher matcher(routes);
  const std::vector<std::string> targets = targets_of(count, rest);
  const PathRules rules;
  std::string scratch;
  Match match;
  std::size_t next = 0;
  for (auto _ : state) {
    const PathResult path = normalise(targets[next++ % targets.size()], rules, scratch);
    benchmark::DoNotOptimize(matcher.match(path.path, match));
  }
}

void sizes(benchmark::internal::Benchmark* benchmark) {
  benchmark->Arg(10)->Arg(1000)->Arg(10'000);
}

BENCHMARK_CAPTURE(find, static_route, "/search")->Apply(sizes);
BENCHMARK_CAPTURE(find, with_query, "/search?q=hello&page=2&sort=name")->Apply(sizes);
BENCHMARK_CAPTURE(find, two_parameters, "/8f14e45f/items/c9f0f895")->Apply(sizes);
BENCHMARK_CAPTURE(find, escaped_parameter, "/8f14%20e45f%E4%BD%A0")->Apply(sizes);
BENCHMARK_CAPTURE(find, catch_all, "/files/a/b/c/d.txt")->Apply(sizes);
BENCHMARK_CAPTURE(find, no_route, "/8f14e45f/none")->Apply(sizes);

void build(benchmark::State& state) {
  const std::vector<project::Route> routes = routes_of(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(Matcher(routes));
}
BENCHMARK(build)->Apply(sizes);

}  // namespace
}  // namespace millrace::routing
