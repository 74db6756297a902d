#include "dev/project_builder.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <random>
#include <span>
#include <utility>

#include "base/assert.hpp"
#include "project/discovery.hpp"
#include "project/settings.hpp"

namespace millrace::dev {

namespace json = boost::json;

namespace {

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) {
    if (!text.empty()) text += "\n\n";
    text += line;
  }
  return text;
}

/// A discovered route, for the builder.
json::object described(const project::Route& route, project::Engine engine) {
  json::array parameters;
  for (const project::Parameter& parameter : route.parameters) {
    parameters.push_back(
        json::object{{"name", parameter.name}, {"kind", project::to_string(parameter.kind)}});
  }
  json::object object{{"path", route.path},
                      {"kind", project::to_string(route.kind)},
                      {"file", route.file},
                      {"parameters", std::move(parameters)},
                      {"engine", project::to_string(engine)}};
  if (const auto& metadata = route.metadata) {
    object["metadata"] = {{"kind", project::to_string(metadata->kind)},
                          {"module", metadata->is_module},
                          {"lists", metadata->lists}};
  }
  return object;
}

/// The options for routes in C++, for the builder.
json::object described(const project::NativeSettings& native) {
  const auto list = [](const std::vector<std::string>& texts) {
    return json::array(texts.begin(), texts.end());
  };
  return {{"compiler", native.compiler},
          {"flags", list(native.flags)},
          {"include", list(native.include)},
          {"libraries", list(native.libraries)},
          {"pkg_config", list(native.pkg_config)},
          {"sources", list(native.sources)},
          {"cmake", native.cmake}};
}

}  // namespace

std::string new_build_id() {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::random_device device;
  std::string id;
  for (int i = 0; i < 16; ++i) id += kDigits[device() % kDigits.size()];
  return id;
}

struct ProjectBuilder::Run {
  /// None for an inspection.
  std::optional<Target> target;
  Done done;
  BuiltProject built;
  BuildOutcome outcome;
  /// next.config as the builder has read it, for the next command. The server reads its own part
  /// from the manifest.
  json::object config;
  project::ProjectConfig parsed_config;
  json::value rules;
  std::vector<project::Route> routes;
  /// Files of pages, relative to the project.
  std::vector<std::string> pages;
  project::NativeSettings native;
  project::BuildSettings engines;
};

ProjectBuilder::ProjectBuilder(net::EventLoop& loop, Options options)
    : loop_(loop), options_(std::move(options)), client_(loop, options_.launch) {}

ProjectBuilder::~ProjectBuilder() = default;

void ProjectBuilder::build(Target target, Done done) {
  MILLRACE_ASSERT(run_ == nullptr);
  run_ = std::make_unique<Run>();
  run_->target = std::move(target);
  run_->done = std::move(done);
  last_.reset();
  read_environment();
}

void ProjectBuilder::update(Target target, UpdateRequest request, Done done) {
  MILLRACE_ASSERT(run_ == nullptr && last_ != nullptr);
  run_ = std::move(last_);
  run_->target = std::move(target);
  run_->done = std::move(done);
  ask_for_update(request);
}

void ProjectBuilder::inspect(Done done) {
  MILLRACE_ASSERT(run_ == nullptr);
  run_ = std::make_unique<Run>();
  run_->done = std::move(done);
  read_environment();
}

void ProjectBuilder::open_in_editor(const SourceFilePlace& place,
                                    std::function<void(std::string)> failed) {
  json::object request{{"command", "open"},
                       {"file", place.file.string()},
                       {"line", place.line},
                       {"column", place.column}};
  client_.request(std::move(request),
                  [failed = std::move(failed)](base::Result<json::object> response) {
                    if (!response) return failed(response.error().message());
                    project::JsonReader reader(*response, {});
                    const std::vector<std::string> errors = reader.texts("errors", {});
                    if (!errors.empty()) failed(joined(errors));
                  });
}

void ProjectBuilder::report_stage(std::string_view stage) const {
  if (options_.on_stage) options_.on_stage(stage);
}

void ProjectBuilder::read_environment() {
  auto environment = project::load_environment(
      options_.root, options_.development ? project::Mode::development : project::Mode::production,
      options_.real_environment);
  if (!environment) {
    // Posted, because build() has not returned yet.
    loop_.post([this, text = environment.error().message()] { fail(text); });
    return;
  }
  run_->built.environment = std::move(environment.value());
  auto settings = project::read_settings(options_.root, {});
  if (!settings) {
    loop_.post([this, text = settings.error().message()] { fail(text); });
    return;
  }
  run_->native = std::move(settings->native);
  run_->engines = std::move(settings->build);
  if (options_.engine) {
    const bool allows = run_->engines.allow_unusable;
    run_->engines = {};
    run_->engines.engine = *options_.engine;
    run_->engines.allow_unusable = allows;
  }
  ask_for_config();
}

json::object ProjectBuilder::command(std::string_view name) const {
  json::object variables;
  for (const auto& variable : run_->built.environment.variables) {
    variables[variable.name] = variable.value;
  }
  return {{"command", name},
          {"root", options_.root.string()},
          {"mode", options_.development ? "development" : "production"},
          {"env", std::move(variables)}};
}

void ProjectBuilder::ask_for_config() {
  report_stage("evaluating next.config");
  client_.request(command("config"), [this](base::Result<json::object> response) {
    take_config(std::move(response));
  });
}

void ProjectBuilder::ask_for_update(const UpdateRequest& request) {
  json::object update{{"command", "update"},
                      {"outdir", run_->target->outdir.string()},
                      {"manifest", run_->target->manifest_file.string()},
                      {"build_id", run_->target->build_id},
                      {"changes", json::array(request.changes.begin(), request.changes.end())},
                      {"wanted", json::array(request.wanted.begin(), request.wanted.end())}};
  client_.request(std::move(update),
                  [this](base::Result<json::object> response) { take_build(std::move(response)); });
}

bool ProjectBuilder::read_common(project::JsonReader& response) {
  for (const std::string& input : response.texts("inputs", {})) {
    run_->outcome.inputs.push_back((options_.root / input).lexically_normal());
    if (input.starts_with("next.config.")) run_->built.config_file = input;
  }
  const std::vector<std::string> errors = response.texts("errors", {});
  const std::vector<std::string> warnings = response.texts("warnings", {});
  auto& all = run_->built.warnings;
  all.insert(all.end(), warnings.begin(), warnings.end());
  if (!errors.empty()) {
    fail(joined(errors));
  } else if (response.error()) {
    fail("the builder's response: " + *response.error());
  }
  return run_ != nullptr;
}

void ProjectBuilder::take_config(base::Result<json::object> response) {
  if (!response) return fail(response.error().message());
  project::JsonReader reader(*response, {});
  if (!read_common(reader)) return;
  const json::object* config = reader.required_object("config");
  if (reader.error()) return fail("the builder's response: " + *reader.error());
  auto parsed = project::parse_config(*config);
  if (!parsed) return fail(parsed.error().message());
  run_->config = *config;
  run_->outcome.config_inputs = run_->outcome.inputs;
  if (const json::value* rules = reader.find("rules")) run_->rules = *rules;
  run_->parsed_config = std::move(parsed).value();
  find_routes(run_->parsed_config.page_extensions);
}

void ProjectBuilder::find_routes(std::span<const std::string> page_extensions) {
  report_stage("finding routes");
  auto routes = project::discover_routes(options_.root, page_extensions);
  if (!routes) return fail(routes.error().message());
  run_->routes = std::move(routes.value());
  if (run_->engines.pages) {
    auto pages = project::discover_pages(options_.root, page_extensions);
    if (!pages) return fail(pages.error().message());
    run_->pages = std::move(pages).value();
  }
  if (run_->target) return ask_for_build();
  ask_for_inspection();
}

json::object ProjectBuilder::command_about_routes(std::string_view name) const {
  json::array routes;
  for (const project::Route& route : run_->routes) {
    routes.push_back(described(route, project::engine_of(run_->engines, route.path)));
  }
  json::object request = command(name);
  // Variables of the real environment are inlined too.
  json::object& variables = request["env"].get_object();
  for (const auto& [variable, value] : options_.real_environment) {
    if (variable.starts_with("NEXT_PUBLIC_")) variables[variable] = value;
  }
  request["config"] = run_->config;
  request["routes"] = std::move(routes);
  request["pages"] = json::array(run_->pages.begin(), run_->pages.end());
  request["allow_unusable"] = run_->engines.allow_unusable;
  return request;
}

void ProjectBuilder::ask_for_build() {
  json::object request = command_about_routes("build");
  request["outdir"] = run_->target->outdir.string();
  request["manifest"] = run_->target->manifest_file.string();
  request["build_id"] = run_->target->build_id;
  request["generator"] = options_.generator;
  const std::filesystem::path& standalone = run_->target->standalone;
  if (!standalone.empty()) request["standalone"] = standalone.string();
  request["rules"] = std::move(run_->rules);
  request["native"] = described(run_->native);
  report_stage("building " + std::to_string(run_->routes.size()) + " routes");
  client_.request(std::move(request),
                  [this](base::Result<json::object> response) { take_build(std::move(response)); });
}

void ProjectBuilder::ask_for_inspection() {
  report_stage("inspecting " + std::to_string(run_->routes.size()) + " routes");
  client_.request(command_about_routes("inspect"), [this](base::Result<json::object> response) {
    take_inspection(std::move(response));
  });
}

void ProjectBuilder::take_inspection(base::Result<json::object> response) {
  if (!response) return fail(response.error().message());
  project::JsonReader reader(*response, {});
  if (!read_common(reader)) return;
  Inspection inspection;
  inspection.config_file = run_->built.config_file;
  inspection.config = std::move(run_->parsed_config);
  inspection.routes = std::move(run_->routes);
  inspection.warnings = std::move(run_->built.warnings);
  read_inspection(reader, inspection);
  if (reader.error()) return fail("the builder's response: " + *reader.error());
  run_->outcome.inspection = std::move(inspection);
  finish();
}

void ProjectBuilder::take_build(base::Result<json::object> response) {
  if (!response) return fail(response.error().message());
  project::JsonReader reader(*response, {});
  if (!read_common(reader)) return;
  BuiltProject& built = run_->built;
  built.problems = reader.texts("problems", {});
  built.notes = reader.texts("notes", {});
  built.standalone = reader.text("standalone", {});
  built.sizes = reader.required_counts("sizes");
  built.compiled = reader.texts("compiled", {});
  if (built.sizes.size() != run_->routes.size()) {
    reader.report("sizes", "one for each route", "a different number");
  }
  if (reader.error()) return fail("the builder's response: " + *reader.error());
  built.manifest_file = run_->target->manifest_file;
  auto manifest = project::read_manifest(built.manifest_file);
  if (!manifest) return fail(manifest.error().message());
  if (manifest->build_id != run_->target->build_id ||
      manifest->routes.size() < run_->routes.size()) {
    return fail(built.manifest_file.string() + " does not belong to this build");
  }
  built.manifest = std::move(manifest).value();
  run_->outcome.built = std::move(built);
  finish();
}

void ProjectBuilder::fail(std::string text) {
  run_->outcome.failure = std::move(text);
  finish();
}

void ProjectBuilder::finish() {
  std::unique_ptr<Run> run = std::exchange(run_, nullptr);
  BuildOutcome outcome = std::move(run->outcome);
  const Done done = std::move(run->done);
  if (options_.development && outcome.built) {
    run->built = {};
    run->built.environment = outcome.built->environment;
    run->built.config_file = outcome.built->config_file;
    run->outcome = {};
    run->outcome.inputs = outcome.config_inputs;
    run->outcome.config_inputs = outcome.config_inputs;
    last_ = std::move(run);
  }
  done(std::move(outcome));
}

}  // namespace millrace::dev
