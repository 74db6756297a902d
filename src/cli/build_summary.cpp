#include "cli/build_summary.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

#include "cli/text_table.hpp"

namespace millrace::cli {

namespace {

constexpr double kUnit = 1000;

std::string methods_of(const project::Route& route) {
  if (!route.methods) return "any";
  if (route.methods->empty()) return "none";
  return fmt::format("{}", fmt::join(*route.methods, ", "));
}

/// Next.js's marks: prerendered, prerendered with parameters, prerendered in part, called for each
/// request.
std::string_view mark_of(const project::Route& route, const serving::RouteFacts& facts) {
  if (facts.delivery == serving::Delivery::shell) return "\u25D0";
  if (!route.cached) return "\u0192";
  return route.parameters.empty() ? "\u25CB" : "\u25CF";
}

struct Row {
  std::string_view mark;
  TextRow cells;
};

/// The columns of the table, with the place of sizes, which are aligned at their right side.
constexpr std::array<std::string_view, 6> kColumns = {"Route",  "Methods", "Size",
                                                      "Served", "Pool",    "File"};
constexpr std::size_t kSize = 2;
constexpr std::size_t kServed = 3;
constexpr std::size_t kPool = 4;

Row row_of(const serving::ProductionBuild& build, std::size_t number, bool has_pages) {
  const project::Route& route = build.project.manifest.routes[number];
  const serving::RouteFacts& facts = build.facts[number];
  Row row{.mark = mark_of(route, facts), .cells = {}};
  // The size is unknown: Next.js packages the route.
  row.cells = {route.path,
               route.is_api() ? methods_of(route) : "",
               route.of_next ? "next" : format_size(build.project.sizes[number]),
               has_pages ? facts.served() : "",
               has_pages ? facts.pool : "",
               route.file};
  return row;
}

void print_rows(const std::vector<Row>& rows, bool with_marks, bool has_pages, std::ostream& out) {
  std::vector<TextRow> cells;
  for (const Row& row : rows) {
    cells.push_back(row.cells);
    if (has_pages) continue;
    cells.back().erase(cells.back().begin() + kServed, cells.back().begin() + kPool + 1);
  }
  const std::vector<std::string> lines = align_columns(cells, kSize);
  for (std::size_t number = 0; number < lines.size(); ++number) {
    const std::string mark = with_marks ? fmt::format("{} ", rows[number].mark) : std::string();
    fmt::print(out, "  {}{}\n", mark, lines[number]);
  }
}

}  // namespace

std::string format_size(std::uint64_t bytes) {
  const auto number = static_cast<double>(bytes);
  if (number < kUnit) return fmt::format("{} B", bytes);
  if (number < kUnit * kUnit) return fmt::format("{:.1f} KB", number / kUnit);
  return fmt::format("{:.1f} MB", number / kUnit / kUnit);
}

void print_build_summary(const serving::ProductionBuild& build, std::ostream& out) {
  const std::vector<project::Route>& routes = build.project.manifest.routes;
  const bool any_cached =
      std::any_of(routes.begin(), routes.end(),
                  [](const project::Route& route) { return route.cached.has_value(); });
  const bool has_pages = build.project.manifest.pages.has_value();
  std::vector<Row> rows{{.mark = " ", .cells = {kColumns.begin(), kColumns.end()}}};
  for (std::size_t number = 0; number < routes.size(); ++number) {
    rows.push_back(row_of(build, number, has_pages));
  }
  if (build.shared_size > 0) {
    rows.push_back(
        {.mark = " ",
         .cells = {"+ shared by routes", "", format_size(build.shared_size), "", "", ""}});
  }
  print_rows(rows, any_cached, has_pages, out);
  if (!any_cached) return;
  fmt::print(out,
             "\n  \u25CB  prerendered   \u25CF  prerendered, with generateStaticParams   "
             "\u0192  called for each request\n");
  const bool any_partial = std::any_of(
      build.facts.begin(), build.facts.end(),
      [](const serving::RouteFacts& facts) { return facts.delivery == serving::Delivery::shell; });
  if (any_partial) fmt::print(out, "  \u25D0  prerendered in part\n");
}

}  // namespace millrace::cli
