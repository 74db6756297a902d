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
  };
  std::vector<Row> rows{{"Route", "Methods", "Size", "File"}};
  for (std::size_t i = 0; i < built.manifest.routes.size(); ++i) {
    const project::Route& route = built.manifest.routes[i];
    rows.push_back({route.path, methods_of(route), format_size(built.sizes[i]), route.file});
  }
  if (shared > 0) rows.push_back({"+ shared by routes", "", format_size(shared), ""});
  const auto width = [&rows](std::string Row::*member) {
    std::size_t widest = 0;
    for (const Row& row : rows) widest = std::max(widest, (row.*member).size());
    return widest;
  };
  const std::size_t routes = width(&Row::route);
  const std::size_t methods = width(&Row::methods);
  const std::size_t sizes = width(&Row::size);
  for (const Row& row : rows) {
    std::string line = fmt::format("  {:<{}}  {:<{}}  {:>{}}  {}", row.route, routes, row.methods,
                                   methods, row.size, sizes, row.file);
    line.erase(line.find_last_not_of(' ') + 1);
    fmt::print(out, "{}\n", line);
  }
}

}  // namespace millrace::cli
