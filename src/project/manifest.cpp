#include "project/manifest.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>
#include <fstream>
#include <iterator>
#include <optional>
#include <system_error>

#include "project/json_reader.hpp"

namespace millrace::project {

namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using base::Error;
using base::ErrorCode;

constexpr std::uintmax_t kManifestBytes = std::uintmax_t{64} << 20U;
constexpr std::size_t kJsonDepth = 64;

Error invalid(std::string_view file, std::string_view what) {
  return {ErrorCode::invalid, std::string(file) + ": " + std::string(what) +
                                  "\nRun `millrace build` to write it anew."};
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

bool has_controls(std::string_view text) {
  return std::any_of(text.begin(), text.end(), is_control);
}

/// Whether `text` names a file below the folder it is relative to.
bool stays_inside(std::string_view text) {
  if (text.empty() || text.front() == '/' || has_controls(text)) return false;
  const auto segments = segments_of(text);
  return std::find(segments.begin(), segments.end(), "..") == segments.end();
}

bool is_method(std::string_view text) {
  return !text.empty() && text.size() <= 32 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

std::optional<ParameterKind> parameter_kind(std::string_view text) {
  for (const ParameterKind kind :
       {ParameterKind::single, ParameterKind::catch_all, ParameterKind::optional_catch_all}) {
    if (to_string(kind) == text) return kind;
  }
  return std::nullopt;
}

/// Reads "parameters" and holds them against the path, since the link's values follow the path.
void check_parameters(JsonReader& reader, const Route& route) {
  const json::array* given = reader.required_array("parameters");
  if (given == nullptr) return;
  std::vector<Parameter> parameters;
  for (const json::value& item : *given) {
    const json::object* object = item.if_object();
    if (object == nullptr) return reader.complain("parameters", "objects", kind_name(item));
    JsonReader parameter(*object, {});
    const std::string name = parameter.required_text("name");
    const auto kind = parameter_kind(parameter.required_text("kind"));
    if (parameter.complaint() || !kind) {
      return reader.complain("parameters", "a name and a known kind for each", "another");
    }
    parameters.push_back({.name = name, .kind = *kind});
  }
  if (parameters != route.parameters) {
    return reader.complain("parameters", "those of the path " + route.path, "others");
  }
  for (std::size_t at = 0; at < parameters.size(); ++at) {
    const bool last = at + 1 == parameters.size() && route.path.ends_with(']');
    if (parameters[at].kind != ParameterKind::single && !last) {
      return reader.complain("path", "a catch-all only at its end", route.path);
    }
  }
}

void read_methods(JsonReader& reader, Route& route) {
  if (reader.find("methods") == nullptr) return;
  route.methods = reader.texts("methods", {});
  for (const std::string& method : *route.methods) {
    if (!is_method(method)) reader.complain("methods", "upper-case method names", "another text");
  }
}

base::Result<Route> read_route(const json::value& value, const std::string& place) {
  const json::object* object = value.if_object();
  if (object == nullptr) {
    return Error(ErrorCode::invalid,
                 place + ": expected an object, found " + std::string(kind_name(value)));
  }
  JsonReader reader(*object, place);
  Route route;
  route.path = reader.required_text("path");
  if (!route.path.starts_with('/') || has_controls(route.path)) {
    reader.complain("path", "a path that begins with /", "another text");
  }
  const std::string kind = reader.required_text("kind");
  if (kind != "pages" && kind != "app") reader.complain("kind", "\"pages\" or \"app\"", "another");
  route.kind = kind == "app" ? RouterKind::app : RouterKind::pages;
  route.file = reader.required_text("file");
  if (!stays_inside(route.file)) reader.complain("file", "a path inside the project", "another");
  route.module = reader.required_text("module");
  if (!stays_inside(route.module)) {
    reader.complain("module", "a path below the manifest's folder", "another");
  }
  route.parameters = parameters_of(route.path);
  check_parameters(reader, route);
  read_methods(reader, route);
  if (reader.find("options") != nullptr) {
    if (const json::object* options = reader.required_object("options")) route.options = *options;
  }
  const std::string engine = reader.text("engine", "light");
  if (engine != "light" && engine != "next")
    reader.complain("engine", "\"light\" or \"next\"", "another");
  route.of_next = engine == "next";
  if (reader.find("cached") != nullptr) {
    if (const json::object* cached = reader.required_object("cached")) {
      JsonReader inside(*cached, reader.place_of("cached"));
      route.cached = CachedRoute{.dynamic_params = inside.flag("dynamicParams", true)};
      if (inside.complaint()) reader.adopt(*inside.complaint());
    }
  }
  if (reader.complaint()) return Error(ErrorCode::invalid, *reader.complaint());
  return route;
}

std::optional<Locales> read_locales(JsonReader& reader) {
  if (reader.find("i18n") == nullptr) return std::nullopt;
  const json::object* object = reader.required_object("i18n");
  if (object == nullptr) return std::nullopt;
  JsonReader i18n(*object, "config.i18n");
  Locales locales;
  locales.locales = i18n.texts("locales", {});
  locales.default_locale = i18n.required_text("defaultLocale");
  if (i18n.find("domains") != nullptr) {
    if (const json::array* domains = i18n.required_array("domains")) {
      for (const json::value& item : *domains) {
        if (!item.is_object()) continue;
        JsonReader domain(item.get_object(), "config.i18n.domains");
        locales.domains.push_back({.domain = domain.required_text("domain"),
                                   .default_locale = domain.required_text("defaultLocale")});
        if (domain.complaint()) i18n.adopt(*domain.complaint());
      }
    }
  }
  if (i18n.complaint()) reader.adopt(*i18n.complaint());
  return locales;
}

json::object config_json(const ProjectConfig& config) {
  json::object object = config.raw;
  object["basePath"] = config.base_path;
  object["trailingSlash"] = config.trailing_slash;
  object["poweredByHeader"] = config.powered_by_header;
  object["generateEtags"] = config.generate_etags;
  object["pageExtensions"] =
      json::array(config.page_extensions.begin(), config.page_extensions.end());
  json::object env;
  for (const auto& [name, value] : config.env) env[name] = value;
  object["env"] = std::move(env);
  return object;
}

/// A number from 0 to 1e15.
double read_number(JsonReader& reader, std::string_view name, double fallback) {
  const json::value* value = reader.find(name);
  if (value == nullptr) return fallback;
  if (!value->is_number()) {
    reader.complain(name, "a number", kind_name(*value));
    return fallback;
  }
  return std::clamp(value->to_number<double>(), 0.0, 1e15);
}

json::object route_json(const Route& route) {
  json::array parameters;
  for (const Parameter& parameter : route.parameters) {
    json::object object;
    object["name"] = parameter.name;
    object["kind"] = std::string(to_string(parameter.kind));
    parameters.push_back(std::move(object));
  }
  json::object object;
  object["path"] = route.path;
  object["kind"] = std::string(to_string(route.kind));
  object["file"] = route.file;
  object["parameters"] = std::move(parameters);
  object["module"] = route.module;
  if (route.methods) {
    object["methods"] = json::array(route.methods->begin(), route.methods->end());
  } else {
    object["methods"] = nullptr;
  }
  object["options"] = route.options;
  if (route.of_next) object["engine"] = "next";
  if (route.cached) object["cached"] = {{"dynamicParams", route.cached->dynamic_params}};
  return object;
}

}  // namespace

std::string middleware_file(const Manifest& manifest) {
  const auto* const middleware = manifest.middleware.if_object();
  const auto* const file = middleware == nullptr ? nullptr : middleware->if_contains("file");
  return file != nullptr && file->is_string() ? std::string(std::string_view(file->get_string()))
                                              : "middleware";
}

base::Result<ProjectConfig> parse_config(const json::object& given) {
  JsonReader reader(given, "config");
  ProjectConfig config;
  config.raw = given;
  config.base_path = reader.text("basePath", {});
  const bool fits = config.base_path.empty() ||
                    (config.base_path.front() == '/' && config.base_path.back() != '/' &&
                     config.base_path.find_first_of("?#\\ ") == std::string::npos &&
                     !has_controls(config.base_path));
  if (!fits) {
    reader.complain("basePath", "\"\" or a path that begins with / and does not end with one",
                    json::serialize(json::string(config.base_path)));
  }
  config.trailing_slash = reader.flag("trailingSlash", config.trailing_slash);
  config.skip_trailing_slash_redirect = reader.flag("skipTrailingSlashRedirect", false);
  config.compress = reader.flag("compress", true);
  config.cache_max_memory_size = static_cast<std::size_t>(
      read_number(reader, "cacheMaxMemorySize", static_cast<double>(config.cache_max_memory_size)));
  config.proxy_body_limit = static_cast<std::size_t>(
      read_number(reader, "proxyClientMaxBodySize", static_cast<double>(config.proxy_body_limit)));
  config.proxy_timeout = std::chrono::milliseconds(static_cast<std::int64_t>(
      read_number(reader, "proxyTimeout", static_cast<double>(config.proxy_timeout.count()))));
  config.i18n = read_locales(reader);
  config.allowed_dev_origins = reader.texts("allowedDevOrigins", {});
  config.powered_by_header = reader.flag("poweredByHeader", config.powered_by_header);
  config.generate_etags = reader.flag("generateEtags", config.generate_etags);
  config.page_extensions = reader.texts("pageExtensions", config.page_extensions);
  if (config.page_extensions.empty()) {
    reader.complain("pageExtensions", "at least one extension", "none");
  }
  if (reader.find("env") != nullptr) {
    if (const json::object* env = reader.required_object("env")) {
      JsonReader names(*env, "config.env");
      for (const auto& member : *env) {
        const std::string name(member.key());
        config.env.emplace_back(name, names.text(name, {}));
      }
      if (names.complaint()) return Error(ErrorCode::invalid, *names.complaint());
    }
  }
  if (reader.complaint()) return Error(ErrorCode::invalid, *reader.complaint());
  return config;
}

base::Result<Manifest> parse_manifest(std::string_view text, std::string_view file_name) {
  json::error_code failed;
  json::parse_options options;
  options.max_depth = kJsonDepth;
  const json::value parsed =
      json::parse(json::string_view(text.data(), text.size()), failed, {}, options);
  if (failed) return invalid(file_name, "expected JSON: " + failed.message());
  const json::object* top = parsed.if_object();
  if (top == nullptr) {
    return invalid(file_name, "expected an object, found " + std::string(kind_name(parsed)));
  }
  JsonReader reader(*top, {});
  const json::value* version = reader.find("version");
  const std::int64_t* number = version == nullptr ? nullptr : version->if_int64();
  if (number == nullptr || *number != kManifestVersion) {
    return invalid(file_name, "version: this server reads manifests of version " +
                                  std::to_string(kManifestVersion) + ", found " +
                                  (version ? json::serialize(*version) : "none"));
  }
  Manifest manifest;
  manifest.build_id = reader.required_text("build_id");
  manifest.mode = reader.required_text("mode");
  if (manifest.mode != "production" && manifest.mode != "development") {
    reader.complain("mode", "\"production\" or \"development\"", "another text");
  }
  manifest.generator = reader.text("generator", {});
  const json::object* config = reader.required_object("config");
  const json::array* routes = reader.required_array("routes");
  if (reader.complaint()) return invalid(file_name, *reader.complaint());

  auto read_config = parse_config(*config);
  if (!read_config) return invalid(file_name, read_config.error().message());
  manifest.config = std::move(read_config).value();
  manifest.routes.reserve(routes->size());
  for (std::size_t at = 0; at < routes->size(); ++at) {
    auto route = read_route((*routes)[at], "routes[" + std::to_string(at) + "]");
    if (!route) return invalid(file_name, route.error().message());
    manifest.routes.push_back(std::move(route).value());
  }
  if (const json::value* built = reader.find("built_at"); built != nullptr && built->is_int64()) {
    manifest.built_at = built->get_int64();
  }
  if (const json::value* answers = reader.find("prerendered")) {
    auto read = read_prerendered(*answers, manifest.routes.size());
    if (!read) return invalid(file_name, read.error().message());
    manifest.prerendered = std::move(read).value();
  }
  if (const json::value* found = top->if_contains("rules")) manifest.rules = *found;
  if (const json::value* found = top->if_contains("middleware")) manifest.middleware = *found;
  if (const json::value* found = top->if_contains("instrumentation")) {
    manifest.instrumentation = *found;
  }
  if (const json::value* found = reader.find("memory_state")) {
    auto read = read_memory_state(*found);
    if (!read) return invalid(file_name, read.error().message());
    manifest.memory_state = std::move(read).value();
  }
  return manifest;
}

base::Result<Manifest> read_manifest(const fs::path& file) {
  std::error_code failed;
  const std::uintmax_t size = fs::file_size(file, failed);
  if (failed == std::errc::no_such_file_or_directory) {
    return Error(ErrorCode::not_found,
                 "No such file: " + file.string() + "\nRun `millrace build` first.");
  }
  if (failed) return Error::from_errno("cannot read " + file.string(), failed.value());
  if (size > kManifestBytes) {
    return invalid(file.string(),
                   "expected at most 64 MiB, found " + std::to_string(size) + " bytes");
  }
  std::ifstream stream(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(stream), {}};
  if (!stream) return Error(ErrorCode::system, "cannot read " + file.string());
  return parse_manifest(text, file.string());
}

std::string write_manifest(const Manifest& manifest) {
  const auto quoted = [](const std::string& text) { return json::serialize(json::string(text)); };
  std::string out = "{\n  \"version\": " + std::to_string(kManifestVersion);
  out += ",\n  \"build_id\": " + quoted(manifest.build_id);
  out += ",\n  \"mode\": " + quoted(manifest.mode);
  out += ",\n  \"generator\": " + quoted(manifest.generator);
  out += ",\n  \"config\": " + json::serialize(config_json(manifest.config));
  out += ",\n  \"routes\": [";
  for (std::size_t at = 0; at < manifest.routes.size(); ++at) {
    out += at == 0 ? "\n    " : ",\n    ";
    out += json::serialize(route_json(manifest.routes[at]));
  }
  out += manifest.routes.empty() ? "]" : "\n  ]";
  if (manifest.built_at != 0) out += ",\n  \"built_at\": " + std::to_string(manifest.built_at);
  if (!manifest.prerendered.empty()) {
    out += ",\n  \"prerendered\": [";
    for (std::size_t at = 0; at < manifest.prerendered.size(); ++at) {
      out += at == 0 ? "\n    " : ",\n    ";
      out += json::serialize(prerendered_json(manifest.prerendered[at]));
    }
    out += "\n  ]";
  }
  if (!manifest.rules.is_null()) out += ",\n  \"rules\": " + json::serialize(manifest.rules);
  if (!manifest.middleware.is_null()) {
    out += ",\n  \"middleware\": " + json::serialize(manifest.middleware);
  }
  if (!manifest.instrumentation.is_null()) {
    out += ",\n  \"instrumentation\": " + json::serialize(manifest.instrumentation);
  }
  if (!manifest.memory_state.empty()) {
    out += ",\n  \"memory_state\": " + json::serialize(memory_state_json(manifest.memory_state));
  }
  out += "\n}\n";
  return out;
}

}  // namespace millrace::project
