// The entry point: parses the command line and runs the command.

#include <sys/resource.h>
#include <unistd.h>
#include <chrono>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/standard_output.hpp"
#include "cli/arguments.hpp"
#include "cli/build_command.hpp"
#include "cli/doctor_command.hpp"
#include "cli/env_command.hpp"
#include "cli/operate_commands.hpp"
#include "cli/routes_command.hpp"
#include "cli/verify_command.hpp"
#include "observe/log.hpp"
#include "project/settings_help.hpp"
#include "serving/dev_server.hpp"
#include "serving/production_build.hpp"
#include "serving/production_server.hpp"
#include "serving/runtime.hpp"

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

/// Each connection needs a descriptor; the usual soft limit of 1024 exists for programs that use
/// select.
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

/// None for an empty name; the parser accepts no other values.
std::optional<project::Engine> engine_named(std::string_view name) {
  for (const auto engine :
       {project::Engine::automatic, project::Engine::light, project::Engine::next}) {
    if (project::to_string(engine) == name) return engine;
  }
  return std::nullopt;
}

int dev(serving::Runtime runtime, const Arguments& arguments) {
  serving::DevOptions options;
  if (!arguments.hostname.empty()) options.host = arguments.hostname;
  options.port = arguments.port;
  if (arguments.workers > 0) options.workers = arguments.workers;
  options.upstream = arguments.upstream;
  options.https = arguments.service.https;
  if (arguments.poll) options.poll = std::chrono::milliseconds(*arguments.poll);
  auto inspector = serving::take_inspector(runtime, arguments.inspector);
  if (!inspector) return fail(inspector.error().message());
  options.inspector = std::move(*inspector);
  options.runtime = std::move(runtime);
  observe::Log log(std::getenv("NO_COLOR") == nullptr);
  return serving::DevServer(options, log).run();
}

int start(serving::Runtime runtime, const Arguments& arguments) {
  serving::ProductionOptions options;
  options.host = arguments.hostname;
  options.port = arguments.port;
  options.workers = arguments.workers;
  options.takeover = arguments.service.takeover;
  options.keep_alive = arguments.keep_alive;
  options.upstream = arguments.upstream;
  options.logs = {.format = arguments.logs.format, .access = arguments.logs.access};
  auto inspector = serving::take_inspector(runtime, arguments.inspector);
  if (!inspector) return fail(inspector.error().message());
  options.inspector = std::move(*inspector);
  options.build = arguments.build;
  options.runtime = std::move(runtime);
  observe::Log log(std::getenv("NO_COLOR") == nullptr);
  return serving::run_production(options, log);
}

int build(serving::Runtime runtime, const Arguments& arguments) {
  if (const auto taken = serving::take_inspector(runtime, std::nullopt); !taken) {
    return fail(taken.error().message());
  }
  serving::ProductionBuildOptions options;
  if (const auto& folder = arguments.places.standalone) {
    options.standalone = folder->empty() ? runtime.root / ".millrace" / "standalone"
                                         : fs::absolute(*folder).lexically_normal();
  }
  options.runtime = std::move(runtime);
  options.engine = engine_named(arguments.engine);
  options.place =
      arguments.places.aside ? serving::BuildPlace::aside : serving::BuildPlace::current;
  const Terminal terminal = ::isatty(STDOUT_FILENO) == 1 ? Terminal::yes : Terminal::no;
  return run_build(std::move(options), terminal, std::cout, std::cerr);
}

int doctor(serving::Runtime runtime, const Arguments& arguments) {
  // As for a build, a debugger is for workers; an address that cannot be parsed is an error.
  if (const auto taken = serving::take_inspector(runtime, std::nullopt); !taken) {
    return fail(taken.error().message());
  }
  const serving::DoctorOptions options{
      .runtime = std::move(runtime),
      .address = {.host = arguments.hostname, .port = arguments.port}};
  return run_doctor(options, arguments.format, std::cout);
}

int verify(const serving::Runtime& runtime, const Arguments& arguments) {
  const VerifyPaths paths{.root = runtime.root,
                          .share = runtime.share,
                          .node = runtime.node,
                          .worker_node = arguments.node};
  return fail(run_verify(arguments.verify, paths).message());
}

/// Runs a command that needs the files that Millrace is installed with.
template <typename Run>
int with_runtime(const fs::path& root, const Arguments& arguments, Run command) {
  auto runtime = serving::find_runtime(root, arguments.node, real_environment());
  if (!runtime) return fail(runtime.error().message());
  const base::StandardOutput output;
  return command(std::move(runtime).value(), arguments);
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
  switch (arguments.command) {
    case Command::dev:
      return with_runtime(root, arguments, dev);
    case Command::start:
      return with_runtime(root, arguments, start);
    case Command::build:
      return with_runtime(root, arguments, build);
    case Command::doctor:
      return with_runtime(root, arguments, doctor);
    case Command::verify:
      return with_runtime(root, arguments, verify);
    case Command::routes:
      return run_routes({.root = root, .format = arguments.format}, std::cout, std::cerr);
    case Command::env:
      return run_env({.root = root,
                      .format = arguments.format,
                      .mode = arguments.mode,
                      .environment = real_environment()},
                     std::cout, std::cerr);
    case Command::ps:
      return run_ps(root, arguments.format, std::cout, std::cerr);
    case Command::reload:
      return run_reload(root, std::cout, std::cerr);
    case Command::snapshot:
      return run_snapshot(root, arguments.pid, std::cout, std::cerr);
    case Command::rollback:
      return run_rollback(root, std::cout, std::cerr);
    case Command::builds:
      return run_builds(root, arguments.format, std::cout);
    case Command::help_config:
      break;
  }
  return 1;
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
