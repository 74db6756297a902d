#include "cli/routes_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "cli/build_summary.hpp"
#include "project/builds.hpp"
#include "project/discovery.hpp"
#include "project/manifest.hpp"
#include "serving/pages_note.hpp"

namespace millrace::cli {

namespace {

namespace json = boost::json;
using project::Route;

/// Fills in what the build found, for routes whose file is still the same.
void add_methods(std::vector<Route>& routes, const project::Manifest& built) {
  for (Route& route : routes) {
    const auto known =
        std::find_if(built.routes.begin(), built.routes.end(), [&route](const Route& candidate) {
          return candidate.path == route.path && candidate.file == route.file;
        });
    if (known != built.routes.end()) route.methods = known->methods;
  }
}

void print_json(const std::vector<Route>& routes, std::ostream& out) {
  json::array items;
  for (const Route& route : routes) {
    json::array parameters;
    for (const auto& parameter : route.parameters) {
      parameters.push_back(json::object{{"name", parameter.name},
                                        {"kind", std::string(project::to_string(parameter.kind))}});
    }
    json::object item{{"path", route.path},
                      {"kind", std::string(project::to_string(route.kind))},
                      {"file", route.file},
                      {"parameters", std::move(parameters)}};
    item["methods"] = route.methods
                          ? json::value(json::array(route.methods->begin(), route.methods->end()))
                          : json::value(nullptr);
    items.push_back(std::move(item));
  }
  out << json::serialize(items) << '\n';
}

std::string parameters_text(const Route& route) {
  std::string text;
  for (const auto& parameter : route.parameters) {
    if (!text.empty()) text.append(", ");
    if (parameter.kind != project::ParameterKind::single) text.append("...");
    text.append(parameter.name);
    if (parameter.kind == project::ParameterKind::optional_catch_all) text.push_back('?');
  }
  return text;
}

std::string methods_text(const Route& route) {
  std::string text;
  if (route.methods) {
    for (const std::string& method : *route.methods) {
      text.append(text.empty() ? "" : ", ").append(method);
    }
  }
  return text;
}

void print_table(const std::vector<Route>& routes, bool built, std::ostream& out) {
  using Row = std::array<std::string, 5>;
  std::vector<Row> rows = {{"PATH", "KIND", "FILE", "PARAMETERS", built ? "METHODS" : ""}};
  for (const Route& route : routes) {
    rows.push_back({route.path, std::string(project::to_string(route.kind)), route.file,
                    parameters_text(route), methods_text(route)});
  }
  std::array<std::size_t, 5> widths{};
  for (const Row& row : rows) {
    for (std::size_t column = 0; column < row.size(); ++column) {
      widths[column] = std::max(widths[column], row[column].size());
    }
  }
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t column = 0; column < row.size(); ++column) {
      line += fmt::format("{:<{}}  ", row[column], widths[column]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out << line << '\n';
  }
}

void print_pages(const RoutesOptions& options, const project::ProjectConfig& config,
                 std::ostream& out) {
  const auto pages = project::discover_pages(options.root, config.page_extensions);
  if (pages && !pages->empty()) out << '\n' << serving::pages_note(*pages) << '\n';
}

}  // namespace

int run_routes(const RoutesOptions& options, std::ostream& out, std::ostream& err) {
  const auto build = project::current_build(options.root);
  const auto manifest = build ? project::read_manifest(*build / "manifest.json")
                              : base::Result<project::Manifest>(build.error());
  // Without a build there is less to tell; a build that is damaged must be told.
  if (!manifest && manifest.error().code() != base::ErrorCode::not_found) {
    err << manifest.error().message() << '\n';
    return 1;
  }
  const project::ProjectConfig config = manifest ? manifest->config : project::ProjectConfig{};
  auto routes = project::discover_routes(options.root, config.page_extensions);
  if (!routes) {
    err << routes.error().message() << '\n';
    return 1;
  }
  if (manifest) add_methods(*routes, *manifest);
  if (options.json) {
    print_json(*routes, out);
    return 0;
  }
  if (routes->empty()) {
    out << "No routes: found no pages/api/** and no app/**/route.* in " << options.root.string()
        << " or its src/.\n";
    print_pages(options, config, out);
    return 0;
  }
  print_table(*routes, manifest.has_value(), out);
  print_pages(options, config, out);
  return 0;
}

}  // namespace millrace::cli
