// The program: reads the command line, finds what the command needs, runs it.

#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include "base/standard_output.hpp"
#include "cli/arguments.hpp"
#include "cli/build_command.hpp"
#include "cli/env_command.hpp"
#include "cli/node_program.hpp"
#include "cli/operate_commands.hpp"
#include "cli/routes_command.hpp"
#include "cli/share_folder.hpp"
#include "cli/verify_command.hpp"
#include "project/settings_help.hpp"
#include "serving/dev_server.hpp"
#include "serving/start_production.hpp"

namespace millrace::cli {

namespace {

namespace fs = std::filesystem;

std::map<std::string, std::string> real_environment() {
  std::map<std::string, std::string> variables;
  for (char** line = environ; *line != nullptr; ++line) {
    const std::string_view text(*line);
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    variables.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return variables;
}

/// Each connection is a descriptor; the usual soft limit of 1024 is for programs that use select.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

int fail(const std::string& text) {
  std::cerr << "error: " << text << '\n';
  return 1;
}

/// What the commands that run JavaScript have in common.
template <typename Options>
Options options_for(const fs::path& root, const fs::path& share, const Arguments& arguments) {
  Options options;
  options.root = root;
  options.share = share;
  options.node =
      arguments.node.empty() ? share / "node" / "bin" / "node" : fs::absolute(arguments.node);
  options.environment = real_environment();
  return options;
}

/// A debugger is for the workers, also where NODE_OPTIONS asks for it: the builder would take the port.
base::Result<std::shared_ptr<workers::Inspector>> take_inspector(
    const Arguments& arguments, std::map<std::string, std::string>& environment) {
  auto address = arguments.inspector;
  if (const auto options = environment.find("NODE_OPTIONS"); options != environment.end()) {
    const auto asked = workers::take_inspector(options->second);
    if (!asked) return asked.error();
    if (!address) address = *asked;
  }
  return address ? std::make_shared<workers::Inspector>(*address)
                 : std::shared_ptr<workers::Inspector>();
}

int run_start_with(serving::StartOptions options, const Arguments& arguments, observe::Log& log) {
  options.host = arguments.hostname;
  options.port = arguments.port;
  options.workers = arguments.workers;
  options.takeover = arguments.takeover;
  options.keep_alive = arguments.keep_alive;
  const auto inspector = take_inspector(arguments, options.environment);
  if (!inspector) return fail(inspector.error().message());
  options.inspector = *inspector;
  options.build = arguments.build;
  return serving::run_start(options, log);
}

int run_dev_with(serving::DevOptions options, const Arguments& arguments, observe::Log& log) {
  if (!arguments.hostname.empty()) options.host = arguments.hostname;
  options.port = arguments.port;
  const auto inspector = take_inspector(arguments, options.environment);
  if (!inspector) return fail(inspector.error().message());
  options.inspector = *inspector;
  if (arguments.workers > 0) options.workers = arguments.workers;
  return serving::run_dev(options, log);
}

/// None for an empty name; the command line has let no other through.
std::optional<project::Engine> engine_named(std::string_view name) {
  for (const auto engine :
       {project::Engine::automatic, project::Engine::light, project::Engine::next}) {
    if (project::to_string(engine) == name) return engine;
  }
  return std::nullopt;
}

int run_build_with(BuildOptions options, const Arguments& arguments) {
  const auto inspector = take_inspector(arguments, options.environment);
  if (!inspector) return fail(inspector.error().message());
  options.terminal = ::isatty(STDOUT_FILENO) == 1;
  options.engine = engine_named(arguments.engine);
  options.aside = arguments.aside;
  return run_build(options, std::cout, std::cerr);
}

int run_verify_with(const fs::path& root, const fs::path& share, const Arguments& arguments) {
  const VerifyPaths paths{.root = root,
                          .share = share,
                          .node = share / "node" / "bin" / "node",
                          .worker_node = arguments.node};
  return fail(run_verify(arguments.verify, paths).message());
}

int run_help_config(const std::string& key) {
  if (key.empty()) {
    std::cout << project::settings_help();
    return 0;
  }
  const auto text = project::settings_help(key);
  if (!text) return fail(text.error().message());
  std::cout << *text;
  return 0;
}

int run(const Arguments& arguments) {
  if (arguments.command == Command::help_config) return run_help_config(arguments.key);
  std::error_code failed;
  const fs::path root = fs::canonical(arguments.directory, failed);
  if (failed || !fs::is_directory(root)) {
    return fail("there is no project in " + arguments.directory +
                ": expected a folder with pages/ or app/ in it");
  }
  if (arguments.command == Command::routes) {
    return run_routes({.root = root, .json = arguments.json}, std::cout, std::cerr);
  }
  if (arguments.command == Command::ps) return run_ps(root, arguments.json, std::cout, std::cerr);
  if (arguments.command == Command::reload) return run_reload(root, std::cout, std::cerr);
  if (arguments.command == Command::snapshot) {
    return run_snapshot(root, arguments.pid, std::cout, std::cerr);
  }
  if (arguments.command == Command::rollback) return run_rollback(root, std::cout, std::cerr);
  if (arguments.command == Command::builds) return run_builds(root, arguments.json, std::cout);
  if (arguments.command == Command::env) {
    EnvOptions options;
    options.root = root;
    options.json = arguments.json;
    options.mode = arguments.mode;
    options.environment = real_environment();
    return run_env(options, std::cout, std::cerr);
  }
  const auto share = find_share_folder();
  if (!share) return fail(share.error().message());
  if (!arguments.node.empty()) {
    if (const auto usable = check_node(arguments.node); !usable) {
      return fail(usable.error().message());
    }
  }
  const base::StandardOutput output;
  observe::Log log(std::getenv("NO_COLOR") == nullptr);
  switch (arguments.command) {
    case Command::dev:
      return run_dev_with(options_for<serving::DevOptions>(root, *share, arguments), arguments,
                          log);
    case Command::start:
      return run_start_with(options_for<serving::StartOptions>(root, *share, arguments), arguments,
                            log);
    case Command::build:
      return run_build_with(options_for<BuildOptions>(root, *share, arguments), arguments);
    case Command::verify:
      return run_verify_with(root, *share, arguments);
    case Command::routes:
    case Command::env:
    case Command::ps:
    case Command::reload:
    case Command::snapshot:
    case Command::rollback:
    case Command::builds:
    case Command::help_config:
      break;
  }
  return 0;
}

}  // namespace

}  // namespace millrace::cli

int main(int count, char** values) {
  std::signal(SIGPIPE, SIG_IGN);
  millrace::cli::raise_descriptor_limit();
  const auto parsed = millrace::cli::parse_arguments(count, values, std::getenv("PORT"));
  if (!parsed.arguments) return parsed.exit_code;
  return millrace::cli::run(*parsed.arguments);
}
