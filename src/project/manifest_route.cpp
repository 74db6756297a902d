#include "project/manifest_route.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "project/checked_text.hpp"

namespace millrace::project {

namespace {

namespace json = boost::json;

/// Longer than any request, in seconds.
constexpr double kMaxDuration = 1e9;

std::string as_json(const std::string& text) { return json::serialize(json::string(text)); }

std::optional<RouterKind> router_kind(std::string_view text) {
  for (const RouterKind kind : {RouterKind::pages, RouterKind::app, RouterKind::page,
                                RouterKind::app_page, RouterKind::image}) {
    if (to_string(kind) == text) return kind;
  }
  return std::nullopt;
}

std::optional<ParameterKind> parameter_kind(std::string_view text) {
  for (const ParameterKind kind :
       {ParameterKind::single, ParameterKind::catch_all, ParameterKind::optional_catch_all}) {
    if (to_string(kind) == text) return kind;
  }
  return std::nullopt;
}

/// Reads "parameters" and compares them with the path, since values on the link are in the path's
/// order.
void check_parameters(JsonReader& reader, const Route& route) {
  if (reader.find("parameters") == nullptr) reader.report("parameters", "an array", "nothing");
  std::vector<Parameter> parameters;
  reader.each("parameters", [&parameters](JsonReader& item) {
    const std::string name = item.required_text("name");
    const std::string word = item.required_text("kind");
    const auto kind = parameter_kind(word);
    if (!kind) return item.report("kind", "the kind of a parameter", as_json(word));
    parameters.push_back({.name = name, .kind = *kind});
  });
  if (reader.error()) return;
  if (parameters != route.parameters) {
    return reader.report("parameters", "those of the path " + route.path, "different ones");
  }
  for (std::size_t at = 0; at < parameters.size(); ++at) {
    const bool last = at + 1 == parameters.size() && route.path.ends_with(']');
    if (parameters[at].kind != ParameterKind::single && !last) {
      return reader.report("path", "a catch-all only at its end", route.path);
    }
  }
}

void read_methods(JsonReader& reader, Route& route) {
  if (reader.find("methods") == nullptr) return;
  route.methods = reader.texts("methods", {});
  for (const std::string& method : *route.methods) {
    if (!is_method(method)) {
      reader.report("methods", "upper-case method names", as_json(method));
    }
  }
}

/// An invalid duration is ignored, as in Next.js.
std::optional<std::chrono::milliseconds> read_max_duration(const json::object& options) {
  const json::value* seconds = options.if_contains("maxDuration");
  if (seconds == nullptr || !seconds->is_number()) return std::nullopt;
  const auto given = seconds->to_number<double>();
  if (!(given > 0) || given > kMaxDuration) return std::nullopt;
  return std::chrono::milliseconds(static_cast<std::int64_t>(given * 1000));
}

}  // namespace

bool read_of_next(JsonReader& reader) {
  const std::string engine = reader.text("engine", "light");
  if (engine != "light" && engine != "next") {
    reader.report("engine", "\"light\" or \"next\"", as_json(engine));
  }
  return engine == "next";
}

Route read_route(JsonReader& reader) {
  Route route;
  route.path = reader.required_text("path");
  if (!route.path.starts_with('/') || has_controls(route.path)) {
    reader.report("path", "a path that begins with /", as_json(route.path));
  }
  const std::string kind = reader.required_text("kind");
  if (const auto known = router_kind(kind)) {
    route.kind = *known;
  } else {
    reader.report("kind", R"("pages", "app", "page", "app-page" or "image")", as_json(kind));
  }
  route.file = required_file(reader, "file", "a path inside the project");
  route.module = required_file(reader, "module", "a path below the manifest's folder");
  route.parameters = parameters_of(route.path);
  check_parameters(reader, route);
  read_methods(reader, route);
  if (const json::object* options = reader.required_object("options")) {
    route.max_duration = read_max_duration(*options);
  }
  route.of_next = read_of_next(reader);
  route.lazy = reader.flag("lazy", false);
  route.has_actions = reader.flag("actions", false);
  reader.inside("cached", [&route](JsonReader& cached) {
    route.cached = CachedRoute{.dynamic_params = cached.required_flag("dynamicParams"),
                               .fallback = cached.flag("fallback", false),
                               .partial = cached.flag("partial", false)};
  });
  return route;
}

}  // namespace millrace::project
