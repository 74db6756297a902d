#include "cli/arguments.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <utility>
#include <vector>

#include "base/nearest.hpp"
#include "cli/next_options.hpp"
#include "cli/optional_values.hpp"
#include "project/origin.hpp"
#include "serving/version.hpp"

namespace millrace::cli {

namespace {

constexpr const char* kDirectoryHelp = "The project's folder (default: the current folder)";

CLI::App& add_command(CLI::App& app, Arguments& arguments, Command command, const char* name,
                      const char* help) {
  CLI::App& sub = *app.add_subcommand(name, help);
  sub.add_option("directory", arguments.directory, kDirectoryHelp)->type_name("");
  sub.callback([&arguments, command] { arguments.command = command; });
  sub.set_help_flag("-h,--help", "Show this help");
  return sub;
}

void add_server_options(CLI::App& command, Arguments& arguments, const char* default_host,
                        const char* default_workers) {
  command
      .add_option("-p,--port", arguments.port,
                  "Port to listen on; 0 picks a free one (default: the variable PORT, else 3000)")
      ->type_name("PORT");
  command
      .add_option("-H,--hostname", arguments.hostname,
                  std::string("Address or host name to listen on (default: ") + default_host + ")")
      ->type_name("HOST");
  command
      .add_option("--workers", arguments.workers,
                  std::string("Number of worker processes (default: ") + default_workers + ")")
      ->type_name("N")
      ->check(CLI::Range(1, 1024));
}

/// As in Next.js: milliseconds. Idle connections are checked once a second.
void add_keep_alive_option(CLI::App& command, Arguments& arguments) {
  command
      .add_option_function<std::uint32_t>(
          "--keepAliveTimeout",
          [&arguments](const std::uint32_t& milliseconds) {
            arguments.keep_alive = (milliseconds + 999) / 1000;
          },
          "Milliseconds after which an idle connection is closed (default: 75000)")
      ->type_name("MS")
      ->check(CLI::Range(1, 86'400'000));
}

void add_upstream_option(CLI::App& command, Arguments& arguments) {
  command
      .add_option("--upstream", arguments.upstream,
                  "Server to which requests go that match nothing of the project (default: as in "
                  "millrace.toml)")
      ->type_name("URL")
      ->check([](const std::string& url) {
        return project::is_origin(url) ? std::string()
                                       : "expected the URL of a server, without a path "
                                         "(\"http://127.0.0.1:3001\"), found " +
                                             url;
      });
}

void add_log_options(CLI::App& command, Arguments& arguments) {
  command
      .add_option("--access-log", arguments.logs.access,
                  "Log each request: off, common or json (default: as in millrace.toml, else off)")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"off", "common", "json"}));
  command
      .add_option("--log-format", arguments.logs.format,
                  "Form of messages: text or json (default: as in millrace.toml, else text)")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"text", "json"}));
}

void add_json_flag(CLI::App& command, Arguments& arguments) {
  command.add_flag_callback(
      "--json", [&arguments] { arguments.format = OutputFormat::json; }, "Print JSON");
}

void add_node_option(CLI::App& command, Arguments& arguments) {
  command
      .add_option(
          "--node", arguments.node,
          "Node.js that runs the routes, 22.15 or newer (default: the variable MILLRACE_NODE, else "
          "Millrace's own, 24)")
      ->type_name("PATH");
}

/// Commands for builds on disk and running servers.
void add_operating_commands(CLI::App& app, Arguments& arguments) {
  CLI::App& ps = add_command(app, arguments, Command::ps, "ps",
                             "Show the project's servers and their workers");
  add_json_flag(ps, arguments);
  add_command(app, arguments, Command::reload, "reload",
              "Deploy the current build to the project's servers, without losing a request");
  CLI::App& snapshot = *app.add_subcommand(
      "snapshot", "Write a heap snapshot of a worker, for the browser's developer tools");
  snapshot.add_option("pid", arguments.pid, "The worker's process ID, as `millrace ps` shows it")
      ->required()
      ->type_name("");
  snapshot.add_option("directory", arguments.directory, kDirectoryHelp)->type_name("");
  snapshot.callback([&arguments] { arguments.command = Command::snapshot; });
  snapshot.set_help_flag("-h,--help", "Show this help");
  add_command(app, arguments, Command::rollback, "rollback",
              "Make the build before the current one the current build");
  CLI::App& builds = add_command(app, arguments, Command::builds, "builds", "List the builds");
  add_json_flag(builds, arguments);
}

void add_build_command(CLI::App& app, Arguments& arguments) {
  CLI::App& build = add_command(app, arguments, Command::build, "build",
                                "Build the project's routes into .millrace/ for production");
  add_node_option(build, arguments);
  build
      .add_option(
          "--engine", arguments.engine,
          "Engine that compiles the routes: auto, light or next (default: as in millrace.toml)")
      ->type_name("ENGINE")
      ->check(CLI::IsMember({"auto", "light", "next"}));
  build.add_flag("--aside", arguments.places.aside, "Do not make the new build the current one");
  build
      .add_option_function<std::string>(
          "--standalone",
          [&arguments](const std::string& text) {
            arguments.places.standalone = is_bare(text) ? std::string() : text;
          },
          "Also make a folder from which `millrace start FOLDER` serves the build without the "
          "project and its node_modules (default: .millrace/standalone)")
      ->type_name("[FOLDER]")
      ->expected(0, 1);
}

void add_start_command(CLI::App& app, Arguments& arguments) {
  CLI::App& start = add_command(app, arguments, Command::start, "start",
                                "Serve a build made by `millrace build`");
  add_server_options(start, arguments, "all addresses",
                     "1, and up to the number of cores under load");
  add_node_option(start, arguments);
  add_inspect_option(start, arguments);
  add_keep_alive_option(start, arguments);
  add_upstream_option(start, arguments);
  add_log_options(start, arguments);
  start.add_flag(
      "--takeover", arguments.service.takeover,
      "Take over the port from the project's running server, without a refused connection");
  start
      .add_option(
          "--build", arguments.build,
          "Name of the build to serve, as `millrace builds` lists it (default: the current build)")
      ->type_name("NAME");
}

void add_doctor_command(CLI::App& app, Arguments& arguments) {
  CLI::App& doctor =
      add_command(app, arguments, Command::doctor, "doctor",
                  "Report what of the project is served how, what is not served, and why");
  doctor
      .add_option("-p,--port", arguments.port,
                  "Port that the server is to listen on (default: the variable PORT, else 3000)")
      ->type_name("PORT");
  doctor
      .add_option("-H,--hostname", arguments.hostname,
                  "Address or host name that it is to listen on (default: all addresses)")
      ->type_name("HOST");
  add_node_option(doctor, arguments);
  add_json_flag(doctor, arguments);
}

/// One value per occurrence, so that the project's folder can follow.
void add_repeatable(CLI::App& command, const char* name, std::vector<std::string>& values,
                    const char* type, const char* help) {
  command.add_option(name, values, help)->type_name(type)->allow_extra_args(false);
}

void add_verify_command(CLI::App& app, Arguments& arguments) {
  VerifyOptions& options = arguments.verify;
  CLI::App& verify =
      add_command(app, arguments, Command::verify, "verify",
                  "Send the same requests to two servers or engines and compare the responses");
  verify
      .add_option(
          "--against", options.against,
          "The reference server, such as a running `next start` (default: Millrace with the "
          "routes that the project's own `next build` compiles)")
      ->type_name("URL");
  verify
      .add_option("--engine", options.engine,
                  "Without --against: the engine that is compared with `next`, light or auto "
                  "(default: light)")
      ->type_name("ENGINE")
      ->check(CLI::IsMember({"light", "auto"}));
  verify
      .add_option(
          "--url", options.url,
          "With --against: a running Millrace (default: one is started from the current build)")
      ->type_name("URL");
  add_repeatable(
      verify, "--requests", options.requests, "FILE",
      "Requests to send, in the .http format of editors (default: GET, HEAD and OPTIONS of "
      "each route without parameters)");
  add_repeatable(verify, "--allow", options.allow, "PATTERN",
                 "Allow differences: METHOD PATH PLACE, where * matches any text");
  add_repeatable(verify, "--allow-file", options.allow_files, "FILE",
                 "Allow the differences that a file lists, one pattern per line");
  verify
      .add_option("--timeout", options.timeout, "Seconds that one response may take (default: 30)")
      ->type_name("SECONDS")
      ->check(CLI::Range(1, 3600));
  verify.add_flag("--json", options.json, "Print JSON");
  add_node_option(verify, arguments);
}

void add_help_command(CLI::App& app, Arguments& arguments) {
  CLI::App& help = *app.add_subcommand(
      "help", "Show the options of a command, or with `config` the keys of millrace.toml");
  CLI::App& config = *help.add_subcommand("config", "Show all keys of millrace.toml, or one key");
  config.add_option("key", arguments.key, "The key to show (default: all keys)")->type_name("");
  config.callback([&arguments] { arguments.command = Command::help_config; });
  for (CLI::App* const command : {&help, &config}) {
    command->set_help_flag("-h,--help", "Show this help");
  }
}

/// PORT has the same effect as the option, and the same errors.
bool read_port_variable(const char* port_variable, Arguments& arguments) {
  if (port_variable == nullptr || *port_variable == '\0') return true;
  std::uint16_t port = 0;
  if (!CLI::detail::lexical_cast(std::string(port_variable), port)) {
    std::cerr << "error: PORT is \"" << port_variable
              << "\" in the environment; expected a number from 0 to 65535\n";
    return false;
  }
  arguments.port = port;
  return true;
}

/// The command that the words name, as messages write it.
std::string called(const CLI::App& app) {
  const std::vector<CLI::App*> commands = app.get_subcommands();
  return commands.empty() ? "millrace" : "millrace " + commands.front()->get_name();
}

/// The error for a command that does not exist; empty where it exists, or none is named.
std::string unknown_command(const CLI::App& app, const std::vector<std::string>& words) {
  if (words.empty() || words.front().starts_with('-')) return {};
  std::vector<std::string> names;
  for (const CLI::App* const command : app.get_subcommands(nullptr)) {
    if (command->get_name() == words.front()) return {};
    names.push_back(command->get_name());
  }
  std::string text = "error: millrace: unknown command `" + words.front() + "`";
  const std::string meant = base::nearest(words.front(), names);
  if (!meant.empty()) text += " (did you mean `" + meant + "`?)";
  return text + "\nRun `millrace --help` for usage.\n";
}

/// The error for an argument that no command or option takes.
std::string unknown_argument(const CLI::App& app) {
  const std::vector<std::string> left = app.remaining(true);
  const std::vector<CLI::App*> commands = app.get_subcommands();
  const CLI::App& of = commands.empty() ? app : *commands.front();
  const std::string word = left.empty() ? "" : left.front();
  std::vector<std::string> candidates;
  std::string_view what = "argument";
  if (word.starts_with('-')) {
    what = "option";
    for (const CLI::Option* option : of.get_options()) {
      for (const std::string& name : option->get_lnames()) candidates.push_back("--" + name);
      for (const std::string& name : option->get_snames()) candidates.push_back("-" + name);
    }
  }
  const std::string help = called(app);
  std::string text = "error: " + help + ": unknown ";
  text.append(what).append(" `").append(word).append("`");
  const std::string meant = base::nearest(word.substr(0, word.find('=')), candidates);
  if (!meant.empty()) text += " (did you mean `" + meant + "`?)";
  return text + "\nRun `" + help + " --help` for usage.\n";
}

void add_commands(CLI::App& app, Arguments& arguments) {
  CLI::App& dev = add_command(app, arguments, Command::dev, "dev",
                              "Serve the project for development and rebuild it on each save");
  add_server_options(dev, arguments, "localhost", "1");
  add_node_option(dev, arguments);
  add_inspect_option(dev, arguments);
  add_poll_option(dev, arguments);
  dev.add_flag("--https", arguments.service.https,
               "Speak HTTPS, with a certificate for localhost that the server makes");
  add_upstream_option(dev, arguments);
  add_build_command(app, arguments);
  add_start_command(app, arguments);
  CLI::App& routes = add_command(app, arguments, Command::routes, "routes",
                                 "List the project's routes and pages, and how they are served");
  add_json_flag(routes, arguments);
  CLI::App& env = add_command(app, arguments, Command::env, "env",
                              "List the variables that env files set, with masked values");
  add_json_flag(env, arguments);
  env.add_option("--mode", arguments.mode,
                 "Mode whose env files are read: development (default), production or test")
      ->type_name("MODE")
      ->check(CLI::IsMember({"development", "production", "test"}));
  add_doctor_command(app, arguments);
  add_operating_commands(app, arguments);
  add_help_command(app, arguments);
  add_verify_command(app, arguments);
}

}  // namespace

ParsedArguments parse_arguments(int count, const char* const* values, const char* port_variable) {
  ParsedArguments parsed;
  Arguments arguments;
  if (!read_port_variable(port_variable, arguments)) {
    parsed.exit_code = 1;
    return parsed;
  }
  CLI::App app("Serves the API routes of a Next.js project in isolated worker processes.",
               "millrace");
  app.set_help_flag("-h,--help", "Show this help");
  app.set_version_flag("-v,--version", std::string("millrace ") + serving::kVersion,
                       "Show the version");
  app.require_subcommand(0, 1);

  add_commands(app, arguments);
  CommandLine line = without_next_options({values + 1, values + count});
  for (const std::string& note : line.notes) std::cerr << "note: " << note << '\n';
  if (const std::string unknown = unknown_command(app, line.words); !unknown.empty()) {
    std::cerr << unknown;
    parsed.exit_code = 1;
    return parsed;
  }
  try {
    // CLI11 takes the words in reverse order.
    std::reverse(line.words.begin(), line.words.end());
    app.parse(std::move(line.words));
    if (app.get_subcommands().empty()) {
      std::cout << app.help();
      return parsed;
    }
    parsed.arguments = std::move(arguments);
  } catch (const CLI::ExtrasError&) {
    std::cerr << unknown_argument(app);
    parsed.exit_code = 1;
  } catch (const CLI::ParseError& error) {
    parsed.exit_code = error.get_exit_code() == 0 ? app.exit(error) : 1;
    if (parsed.exit_code == 0) return parsed;
    const std::string command = called(app);
    std::cerr << "error: " << command << ": " << error.what() << "\nRun `" << command
              << " --help` for usage.\n";
  }
  return parsed;
}

}  // namespace millrace::cli
