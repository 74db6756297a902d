#include "cli/build_summary.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <string_view>
#include <vector>

namespace millrace::cli {

namespace {

constexpr double kUnit = 1000;

std::string methods_of(const project::Route& route) {
  if (!route.methods) return "any";
  if (route.methods->empty()) return "none";
  return fmt::format("{}", fmt::join(*route.methods, ", "));
}

/// Next.js's marks: prerendered, prerendered with parameters, called for each request.
std::string_view mark_of(const project::Route& route) {
  if (!route.cached) return "\u0192";
  return route.parameters.empty() ? "\u25CB" : "\u25CF";
}

}  // namespace

std::string format_size(std::uint64_t bytes) {
  const auto number = static_cast<double>(bytes);
  if (number < kUnit) return fmt::format("{} B", bytes);
  if (number < kUnit * kUnit) return fmt::format("{:.1f} KB", number / kUnit);
  return fmt::format("{:.1f} MB", number / kUnit / kUnit);
}

void print_build_summary(const dev::BuiltProject& built, std::uint64_t shared, std::ostream& out) {
  struct Row {
    std::string route, methods, size, file;
    std::string_view mark = " ";
  };
  const std::vector<project::Route>& routes_built = built.manifest.routes;
  const bool any_static =
      std::any_of(routes_built.begin(), routes_built.end(),
                  [](const project::Route& route) { return route.cached.has_value(); });
  std::vector<Row> rows{{.route = "Route", .methods = "Methods", .size = "Size", .file = "File"}};
  for (std::size_t i = 0; i < built.manifest.routes.size(); ++i) {
    const project::Route& route = built.manifest.routes[i];
    rows.push_back({.route = route.path,
                    .methods = methods_of(route),
                    // The size is unknown: Next.js packages the route.
                    .size = route.of_next ? "next" : format_size(built.sizes[i]),
                    .file = route.file,
                    .mark = any_static ? mark_of(route) : " "});
  }
  if (shared > 0) {
    rows.push_back(
        {.route = "+ shared by routes", .methods = {}, .size = format_size(shared), .file = {}});
  }
  const auto width = [&rows](std::string Row::*member) {
    std::size_t widest = 0;
    for (const Row& row : rows) widest = std::max(widest, (row.*member).size());
    return widest;
  };
  const std::size_t routes = width(&Row::route);
  const std::size_t methods = width(&Row::methods);
  const std::size_t sizes = width(&Row::size);
  for (const Row& row : rows) {
    const std::string mark = any_static ? fmt::format("{} ", row.mark) : std::string();
    std::string line = fmt::format("  {}{:<{}}  {:<{}}  {:>{}}  {}", mark, row.route, routes,
                                   row.methods, methods, row.size, sizes, row.file);
    line.erase(line.find_last_not_of(' ') + 1);
    fmt::print(out, "{}\n", line);
  }
  if (any_static) {
    fmt::print(out,
               "\n  \u25CB  prerendered   \u25CF  prerendered, with generateStaticParams   "
               "\u0192  called for each request\n");
  }
}

}  // namespace millrace::cli
