#include "cli/operate_commands.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <boost/json.hpp>
#include <ostream>

#include "control/control_client.hpp"
#include "project/builds.hpp"
#include "serving/server_report.hpp"

namespace millrace::cli {

namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

/// A server answers at once, but for a machine that has no time for it.
constexpr std::chrono::seconds kPatience{60};
/// A reload waits until new workers have loaded every route, which a slow machine takes long for; a
/// server that ends meanwhile is seen at once.
constexpr std::chrono::hours kReloadPatience{1};

int no_server(const fs::path& root, std::ostream& err) {
  fmt::print(err, "error: no server of {} runs; start one with `millrace start`\n", root.string());
  return 1;
}

/// The object that a server answers; its "error" is told and makes it nothing.
std::optional<json::object> ask_for(const control::RunningServer& server, std::string_view command,
                                    std::chrono::seconds patience, std::ostream& err) {
  const std::string request = json::serialize(json::object{{"command", command}});
  const auto answer = control::ask(server.socket, request, patience);
  if (!answer) {
    fmt::print(err, "error: {}\n", answer.error().message());
    return std::nullopt;
  }
  boost::system::error_code failed;
  json::value value = json::parse(answer->text, failed);
  if (failed || !value.is_object()) {
    fmt::print(err, "error: the server on port {} answers what is no JSON object\n", server.port);
    return std::nullopt;
  }
  if (const auto* const error = value.get_object().if_contains("error")) {
    fmt::print(err, "error: the server on port {}: {}\n", server.port,
               error->is_string() ? std::string(error->get_string()) : json::serialize(*error));
    return std::nullopt;
  }
  return std::move(value.get_object());
}

}  // namespace

int run_ps(const fs::path& root, bool as_json, std::ostream& out, std::ostream& err) {
  const auto servers = control::running_servers(root);
  if (servers.empty()) return no_server(root, err);
  json::array all;
  for (const control::RunningServer& server : servers) {
    const auto report = ask_for(server, "ps", kPatience, err);
    if (!report) return 1;
    if (as_json) {
      all.push_back(*report);
    } else {
      serving::print_report(*report, out);
    }
  }
  if (as_json) out << json::serialize(all) << '\n';
  return 0;
}

int run_reload(const fs::path& root, std::ostream& out, std::ostream& err) {
  const auto servers = control::running_servers(root);
  if (servers.empty()) return no_server(root, err);
  int exit_code = 0;
  for (const control::RunningServer& server : servers) {
    const auto answer = ask_for(server, "reload", kReloadPatience, err);
    if (!answer) {
      exit_code = 1;
      continue;
    }
    const auto* const build = answer->if_contains("build");
    fmt::print(out, "the server on port {} serves build {}\n", server.port,
               build != nullptr && build->is_string() ? std::string(build->get_string()) : "?");
  }
  return exit_code;
}

int run_snapshot(const fs::path& root, std::int64_t pid, std::ostream& out, std::ostream& err) {
  const std::string request = json::serialize(json::object{{"command", "snapshot"}, {"pid", pid}});
  for (const control::RunningServer& server : control::running_servers(root)) {
    const auto answer = control::ask(server.socket, request, kPatience);
    if (!answer) continue;
    boost::system::error_code failed;
    const json::value value = json::parse(answer->text, failed);
    const auto* const object = value.if_object();
    const auto* const path = object == nullptr ? nullptr : object->if_contains("path");
    if (path == nullptr || !path->is_string()) continue;
    fmt::print(out,
               "worker {} writes {}; it answers nothing meanwhile, and the server's log tells when "
               "it is there\n",
               pid, std::string(path->get_string()));
    return 0;
  }
  fmt::print(err, "error: no server of {} has a worker {}; `millrace ps` shows them\n",
             root.string(), pid);
  return 1;
}

int run_rollback(const fs::path& root, std::ostream& out, std::ostream& err) {
  const auto build = project::roll_back(root);
  if (!build) {
    fmt::print(err, "error: {}\n", build.error().message());
    return 1;
  }
  fmt::print(out, "{} is the build to serve now.\n", build->name);
  if (!control::running_servers(root).empty()) {
    fmt::print(out, "A server runs: have it take that build with `millrace reload`.\n");
  }
  return 0;
}

int run_builds(const fs::path& root, bool as_json, std::ostream& out) {
  const auto builds = project::list_builds(root);
  if (as_json) {
    json::array all;
    for (const project::BuildFolder& build : builds) {
      all.push_back(json::object{{"number", build.number},
                                 {"name", build.name},
                                 {"path", build.path.string()},
                                 {"current", build.current}});
    }
    out << json::serialize(all) << '\n';
    return 0;
  }
  if (builds.empty()) out << "No builds: run `millrace build`.\n";
  for (const project::BuildFolder& build : builds) {
    fmt::print(out, "{} {}\n", build.current ? "*" : " ", build.name);
  }
  return 0;
}

}  // namespace millrace::cli
