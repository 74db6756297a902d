#include "cli/routes_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "cli/text_table.hpp"
#include "project/route.hpp"
#include "serving/pages_note.hpp"
#include "serving/route_list.hpp"

namespace millrace::cli {

namespace {

namespace json = boost::json;
using project::Route;
using serving::ListedRoute;
using serving::RouteFacts;

void add_facts(json::object& item, const RouteFacts& facts) {
  item["engine"] = facts.engine;
  item["pool"] = facts.pool;
  item["served"] = serving::to_string(facts.delivery);
  if (facts.revalidate) item["revalidate"] = facts.revalidate->count();
  item["actions"] = facts.has_actions;
}

void print_json(const std::vector<ListedRoute>& routes, std::ostream& out) {
  json::array items;
  for (const auto& [route, facts] : routes) {
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
    if (facts) add_facts(item, *facts);
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

void print_table(const std::vector<ListedRoute>& routes, bool built, std::ostream& out) {
  std::vector<TextRow> rows = {{"PATH", "KIND", "FILE", "PARAMETERS"}};
  if (built)
    rows.front() = {"PATH", "KIND", "FILE", "PARAMETERS", "METHODS", "ENGINE", "SERVED", "POOL"};
  const std::size_t columns = rows.front().size();
  for (const auto& [route, facts] : routes) {
    TextRow row = {route.path, std::string(project::to_string(route.kind)), route.file,
                   parameters_text(route)};
    if (built) row.push_back(methods_text(route));
    if (facts) row.insert(row.end(), {std::string(facts->engine), facts->served(), facts->pool});
    row.resize(columns);
    rows.push_back(std::move(row));
  }
  for (const std::string& line : align_columns(rows)) out << line << '\n';
}

void print_pages(const std::vector<std::string>& pages, std::ostream& out) {
  if (!pages.empty()) out << '\n' << serving::pages_note(pages) << '\n';
}

}  // namespace

int run_routes(const RoutesOptions& options, std::ostream& out, std::ostream& err) {
  const auto list = serving::list_routes(options.root);
  if (!list) {
    err << list.error().message() << '\n';
    return 1;
  }
  if (options.format == OutputFormat::json) {
    print_json(list->routes, out);
    return 0;
  }
  if (list->routes.empty()) {
    out << "No routes: found no pages/api/** and no app/**/route.* in " << options.root.string()
        << " or its src/.\n";
  } else {
    print_table(list->routes, list->built, out);
  }
  print_pages(list->unserved_pages, out);
  return 0;
}

}  // namespace millrace::cli
