#include "cli/env_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <ostream>
#include <vector>

#include "project/environment.hpp"

namespace millrace::cli {

namespace {

namespace json = boost::json;

void print_json(const project::Environment& environment, const std::string& mode,
                std::ostream& out) {
  json::array variables;
  const auto add = [&variables](const project::LoadedVariable& variable, bool shadowed) {
    variables.push_back(json::object{{"name", variable.name},
                                     {"file", variable.file},
                                     {"value", project::shown_value(variable)},
                                     {"masked", !project::is_public(variable.name)},
                                     {"overridden", shadowed}});
  };
  for (const auto& variable : environment.variables) add(variable, false);
  for (const auto& variable : environment.shadowed) add(variable, true);
  out << json::serialize(json::object{
             {"mode", mode},
             {"files", json::array(environment.files.begin(), environment.files.end())},
             {"variables", std::move(variables)}})
      << '\n';
}

void print_table(const project::Environment& environment, std::ostream& out) {
  std::size_t name_width = 0;
  std::size_t file_width = 0;
  for (const auto* variables : {&environment.variables, &environment.shadowed}) {
    for (const auto& variable : *variables) {
      name_width = std::max(name_width, variable.name.size());
      file_width = std::max(file_width, variable.file.size());
    }
  }
  for (const auto& variable : environment.variables) {
    out << fmt::format("{:<{}}  {:<{}}  {}\n", variable.name, name_width, variable.file, file_width,
                       project::shown_value(variable));
  }
  for (const auto& variable : environment.shadowed) {
    out << fmt::format("{:<{}}  {:<{}}  overridden by the process's environment\n", variable.name,
                       name_width, variable.file, file_width);
  }
}

}  // namespace

int run_env(const EnvOptions& options, std::ostream& out, std::ostream& err) {
  const auto mode = project::mode_named(options.mode);
  if (!mode) {
    err << "--mode " << options.mode << ": expected development, production or test\n";
    return 2;
  }
  const auto environment = project::load_environment(options.root, *mode, options.environment);
  if (!environment) {
    err << environment.error().message() << '\n';
    return 1;
  }
  if (options.format == OutputFormat::json) {
    print_json(*environment, options.mode, out);
    return 0;
  }
  if (environment->files.empty()) {
    out << "No env files in " << options.root.string() << ".\nRead in this mode are:";
    for (const std::string& file : project::env_files(*mode)) out << ' ' << file;
    out << '\n';
    return 0;
  }
  print_table(*environment, out);
  return 0;
}

}  // namespace millrace::cli
