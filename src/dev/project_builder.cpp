#include "dev/project_builder.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <random>
#include <span>
#include <system_error>
#include <utility>

#include "base/assert.hpp"
#include "project/discovery.hpp"
#include "project/settings.hpp"

namespace millrace::dev {

namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

/// The strings of an array member; none where it is missing.
std::vector<std::string> texts(const json::object& object, std::string_view name) {
  std::vector<std::string> found;
  const json::value* member = object.if_contains(name);
  if (member == nullptr || !member->is_array()) return found;
  for (const json::value& item : member->get_array()) {
    if (item.is_string()) found.emplace_back(item.get_string());
  }
  return found;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) {
    if (!text.empty()) text += "\n\n";
    text += line;
  }
  return text;
}

base::Result<void> write_by_rename(const fs::path& file, const std::string& text) {
  const fs::path temporary = file.string() + ".new";
  std::ofstream out(temporary, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  if (!out) return base::Error::from_errno("cannot write " + temporary.string(), errno);
  std::error_code failed;
  fs::rename(temporary, file, failed);
  if (failed) {
    return base::Error(base::ErrorCode::system,
                       "cannot write " + file.string() + ": " + failed.message());
  }
  return {};
}

/// So that a project need not list .millrace in its own .gitignore.
void keep_out_of_git(const fs::path& folder) {
  const fs::path file = folder / ".gitignore";
  std::error_code unknown;
  if (!fs::exists(file, unknown)) std::ofstream(file) << "*\n";
}

/// What the bundler says of a file that is no route, its module made relative to the manifest; null
/// where the project has none.
json::value with_prefix(const json::object& answer, std::string_view name,
                        const std::string& module_prefix) {
  const json::value* given = answer.if_contains(name);
  if (given == nullptr || !given->is_object()) return nullptr;
  json::object entry = given->get_object();
  if (json::value* module = entry.if_contains("module"); module != nullptr && module->is_string()) {
    const std::string path = module_prefix + std::string(module->get_string());
    *module = path;
  }
  return entry;
}

/// Takes over what the bundler says of a route.
bool complete(project::Route& route, std::uint64_t& size, const json::object& outputs,
              const std::string& module_prefix) {
  const json::value* entry = outputs.if_contains(route.file);
  if (entry == nullptr || !entry->is_object()) return false;
  const json::object& output = entry->get_object();
  const json::value* module = output.if_contains("module");
  if (module == nullptr || !module->is_string()) return false;
  route.module = module_prefix + std::string(module->get_string());
  const json::value* methods = output.if_contains("methods");
  route.methods.reset();
  if (methods != nullptr && methods->is_array()) route.methods = texts(output, "methods");
  const json::value* options = output.if_contains("options");
  if (options != nullptr && options->is_object()) route.options = options->get_object();
  const json::value* engine = output.if_contains("engine");
  route.of_next = engine != nullptr && *engine == "next";
  const json::value* bytes = output.if_contains("size");
  boost::system::error_code failed;
  if (bytes != nullptr && bytes->is_number()) size = bytes->to_number<std::uint64_t>(failed);
  return true;
}

}  // namespace

std::string new_build_id() {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::random_device device;
  std::string id;
  for (int i = 0; i < 16; ++i) id += kDigits[device() % kDigits.size()];
  return id;
}

namespace {

/// How routes in C++ are compiled, for the builder.
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

/// What leads from the manifest's folder to the bundles.
std::string module_prefix(const ProjectBuilder::Target& target) {
  const std::string prefix =
      target.outdir.lexically_relative(target.manifest_file.parent_path()).generic_string() + "/";
  return prefix == "./" ? std::string() : prefix;
}

}  // namespace

struct ProjectBuilder::Run {
  Target target;
  Done done;
  BuiltProject built;
  BuildOutcome outcome;
  json::object config;
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
  read_environment();
}

void ProjectBuilder::tell(std::string_view stage) const {
  if (options_.on_stage) options_.on_stage(stage);
}

void ProjectBuilder::read_environment() {
  auto environment = project::load_environment(
      options_.root, options_.development ? project::Mode::development : project::Mode::production,
      options_.real_environment);
  if (!environment) {
    // Not now: build() has not returned yet.
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
  if (options_.engine) run_->engines = {.engine = *options_.engine, .routes = {}};
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
  tell("evaluating next.config");
  client_.request(command("config"),
                  [this](base::Result<json::object> answer) { take_config(std::move(answer)); });
}

void ProjectBuilder::take_config(base::Result<json::object> answer) {
  if (!answer) return fail(answer.error().message());
  add_inputs(*answer);
  const std::vector<std::string> errors = texts(*answer, "errors");
  if (!errors.empty()) return fail(joined(errors));
  json::value* config = answer->if_contains("config");
  if (config == nullptr || !config->is_object()) return fail("the builder gave no configuration");
  run_->config = config->get_object();
  auto parsed = project::parse_config(run_->config);
  if (!parsed) return fail(parsed.error().message());
  run_->built.manifest.config = std::move(parsed.value());
  if (const json::value* rules = answer->if_contains("rules")) run_->built.manifest.rules = *rules;
  run_->built.warnings = texts(*answer, "warnings");
  const std::vector<std::string> inputs = texts(*answer, "inputs");
  for (const std::string& input : inputs) {
    if (input.starts_with("next.config.")) run_->built.config_file = input;
  }
  find_routes();
}

void ProjectBuilder::find_routes() {
  tell("finding routes");
  auto routes =
      project::discover_routes(options_.root, run_->built.manifest.config.page_extensions);
  if (!routes) return fail(routes.error().message());
  run_->built.manifest.routes = std::move(routes.value());
  ask_for_bundles();
}

void ProjectBuilder::ask_for_bundles() {
  json::array routes;
  for (const project::Route& route : run_->built.manifest.routes) {
    const auto engine = project::engine_of(run_->engines, route.path);
    routes.push_back(json::object{{"path", route.path},
                                  {"kind", project::to_string(route.kind)},
                                  {"file", route.file},
                                  {"engine", project::to_string(engine)}});
  }
  json::object asked = command("build");
  // Variables of the real environment are inlined like those of the files.
  json::object& variables = asked["env"].get_object();
  for (const auto& [name, value] : options_.real_environment) {
    if (name.starts_with("NEXT_PUBLIC_")) variables[name] = value;
  }
  asked["outdir"] = run_->target.outdir.string();
  asked["config"] = run_->config;
  asked["routes"] = std::move(routes);
  asked["native"] = described(run_->native);
  tell("bundling " + std::to_string(run_->built.manifest.routes.size()) + " routes");
  client_.request(std::move(asked),
                  [this](base::Result<json::object> answer) { take_bundles(std::move(answer)); });
}

void ProjectBuilder::take_bundles(base::Result<json::object> answer) {
  if (!answer) return fail(answer.error().message());
  add_inputs(*answer);
  const std::vector<std::string> errors = texts(*answer, "errors");
  if (!errors.empty()) return fail(joined(errors));
  const json::value* outputs = answer->if_contains("outputs");
  if (outputs == nullptr || !outputs->is_object()) return fail("the builder gave no outputs");
  BuiltProject& built = run_->built;
  built.problems = texts(*answer, "problems");
  built.notes = texts(*answer, "notes");
  const std::vector<std::string> warnings = texts(*answer, "warnings");
  built.warnings.insert(built.warnings.end(), warnings.begin(), warnings.end());
  built.sizes.assign(built.manifest.routes.size(), 0);
  const std::string prefix = module_prefix(run_->target);
  for (std::size_t i = 0; i < built.manifest.routes.size(); ++i) {
    project::Route& route = built.manifest.routes[i];
    if (!complete(route, built.sizes[i], outputs->get_object(), prefix)) {
      return fail("the builder made nothing of " + route.file);
    }
  }
  built.manifest.middleware = with_prefix(*answer, "middleware", prefix);
  if (const json::value* dev = answer->if_contains("next_dev"); dev != nullptr && dev->is_string())
    built.manifest.next_dev = dev->get_string();
  built.manifest.instrumentation = with_prefix(*answer, "instrumentation", prefix);
  if (const json::value* found = answer->if_contains("memory_state"); found != nullptr) {
    auto read = project::read_memory_state(*found);
    if (!read) return fail("the builder's answer: " + read.error().message());
    built.manifest.memory_state = std::move(read).value();
  }
  built.manifest.generator = options_.generator;
  built.manifest.build_id = run_->target.build_id;
  built.manifest.mode = options_.development ? "development" : "production";
  const json::value* prerender = answer->if_contains("prerender");
  if (prerender != nullptr && *prerender == true) return ask_for_answers();
  write_result();
}

void ProjectBuilder::ask_for_answers() {
  // Workers' code reads it there; nobody serves from it.
  const fs::path draft = run_->target.manifest_file.string() + ".draft";
  if (auto written = write_manifest_to(draft); !written) return fail(written.error().message());
  json::object asked = command("prerender");
  asked["manifest"] = draft.string();
  asked["outdir"] = run_->target.outdir.string();
  tell("evaluating static routes");
  client_.request(std::move(asked), [this, draft](base::Result<json::object> answer) {
    std::error_code ignored;
    fs::remove(draft, ignored);
    take_answers(std::move(answer));
  });
}

void ProjectBuilder::take_answers(base::Result<json::object> answer) {
  if (!answer) return fail(answer.error().message());
  const std::vector<std::string> errors = texts(*answer, "errors");
  if (!errors.empty()) return fail(joined(errors));
  project::Manifest& manifest = run_->built.manifest;
  const json::value* cached = answer->if_contains("cached");
  const json::value* prerendered = answer->if_contains("prerendered");
  if (cached == nullptr || !cached->is_object() || prerendered == nullptr) {
    return fail("the builder gave no answers of static routes");
  }
  for (std::size_t number = 0; number < manifest.routes.size(); ++number) {
    const json::value* found = cached->get_object().if_contains(std::to_string(number));
    if (found == nullptr || !found->is_object()) continue;
    const json::value* dynamic = found->get_object().if_contains("dynamicParams");
    manifest.routes[number].cached =
        project::CachedRoute{.dynamic_params = dynamic == nullptr || *dynamic != false};
  }
  auto answers = project::read_prerendered(*prerendered, manifest.routes.size());
  if (!answers) return fail("the builder's answer: " + answers.error().message());
  manifest.prerendered = std::move(answers).value();
  const std::string prefix = module_prefix(run_->target);
  for (project::Prerendered& made : manifest.prerendered) made.body.insert(0, prefix);
  write_result();
}

base::Result<void> ProjectBuilder::write_manifest_to(const fs::path& file) {
  std::error_code failed;
  fs::create_directories(run_->target.outdir, failed);
  if (failed) {
    return base::Error(base::ErrorCode::system,
                       "cannot make " + run_->target.outdir.string() + ": " + failed.message());
  }
  keep_out_of_git(options_.root / ".millrace");
  return write_by_rename(file, write_manifest(run_->built.manifest));
}

void ProjectBuilder::write_result() {
  BuiltProject& built = run_->built;
  built.manifest_file = run_->target.manifest_file;
  built.manifest.built_at = std::chrono::duration_cast<std::chrono::milliseconds>(
                                std::chrono::system_clock::now().time_since_epoch())
                                .count();
  if (auto written = write_manifest_to(run_->target.manifest_file); !written) {
    return fail(written.error().message());
  }
  run_->outcome.built = std::move(built);
  finish();
}

void ProjectBuilder::add_inputs(const json::object& answer) {
  for (const std::string& input : texts(answer, "inputs")) {
    run_->outcome.inputs.push_back((options_.root / input).lexically_normal());
  }
}

void ProjectBuilder::fail(std::string text) {
  run_->outcome.failure = std::move(text);
  finish();
}

void ProjectBuilder::finish() {
  const std::unique_ptr<Run> run = std::exchange(run_, nullptr);
  run->done(std::move(run->outcome));
}

}  // namespace millrace::dev
