#include "cli/operate_commands.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ostream.h>

#include <sys/stat.h>

#include <boost/json.hpp>
#include <chrono>
#include <ctime>
#include <ostream>
#include <utility>
#include <vector>

#include "cli/status_table.hpp"
#include "control/control_client.hpp"
#include "project/builds.hpp"
#include "serving/control_client.hpp"

namespace millrace::cli {

namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

/// A server responds at once unless the machine is overloaded.
constexpr std::chrono::seconds kTimeout{60};
/// A reload waits until new workers have loaded every route, which takes long on a slow machine. A
/// server that ends in the meantime is detected at once.
constexpr std::chrono::hours kReloadTimeout{1};

/// Those in production first.
std::vector<control::RunningServer> all_servers(const fs::path& root) {
  auto servers = control::running_servers(root);
  for (auto& server : control::running_servers(root, control::ServerKind::development)) {
    servers.push_back(std::move(server));
  }
  return servers;
}

int no_server(const fs::path& root, std::ostream& err) {
  fmt::print(err,
             "error: no server is running for {}; start one with `millrace start` or `millrace "
             "dev`\n",
             root.string());
  return 1;
}

/// The time at which a build was complete: its manifest is written last.
std::time_t built_at(const project::BuildFolder& build) {
  struct stat status {};
  const bool known = ::stat((build.path / "manifest.json").c_str(), &status) == 0;
  return known ? status.st_mtime : 0;
}

int fail(const base::Error& error, std::ostream& err) {
  fmt::print(err, "error: {}\n", error.message());
  return 1;
}

}  // namespace

int run_ps(const fs::path& root, OutputFormat format, std::ostream& out, std::ostream& err) {
  const auto servers = all_servers(root);
  if (servers.empty()) return no_server(root, err);
  std::string all;
  for (const control::RunningServer& server : servers) {
    const auto received = serving::call(server, serving::StatusRequest{}, kTimeout);
    if (!received) return fail(received.error(), err);
    if (format == OutputFormat::text) print_status(received->response, out);
    all += (all.empty() ? "" : ",") + serving::encode_response(received->response);
  }
  if (format == OutputFormat::json) fmt::print(out, "[{}]\n", all);
  return 0;
}

int run_reload(const fs::path& root, std::ostream& out, std::ostream& err) {
  const auto servers = control::running_servers(root);
  if (servers.empty()) {
    fmt::print(err, "error: no server is running for {}; start one with `millrace start`\n",
               root.string());
    return 1;
  }
  int exit_code = 0;
  for (const control::RunningServer& server : servers) {
    const auto received = serving::call(server, serving::ReloadRequest{}, kReloadTimeout);
    if (!received) {
      exit_code = fail(received.error(), err);
      continue;
    }
    fmt::print(out, "the server on port {} serves build {}\n", server.port,
               received->response.build);
  }
  return exit_code;
}

int run_snapshot(const fs::path& root, std::int64_t pid, std::ostream& out, std::ostream& err) {
  for (const control::RunningServer& server : all_servers(root)) {
    const auto received = serving::call(server, serving::SnapshotRequest{.pid = pid}, kTimeout);
    if (received) {
      fmt::print(out,
                 "worker {} is writing {}; it handles no requests meanwhile, and the server logs "
                 "when the file is complete\n",
                 pid, received->response.path);
      return 0;
    }
    // Another server may have the worker.
    if (received.error().code() != base::ErrorCode::not_found) fail(received.error(), err);
  }
  fmt::print(
      err, "error: no server of {} has a worker with the process id {}; `millrace ps` lists them\n",
      root.string(), pid);
  return 1;
}

int run_rollback(const fs::path& root, std::ostream& out, std::ostream& err) {
  const auto build = project::roll_back(root);
  if (!build) return fail(build.error(), err);
  fmt::print(out, "{} is now the current build.\n", build->name);
  if (!control::running_servers(root).empty()) {
    fmt::print(out, "A server is running: deploy that build with `millrace reload`.\n");
  }
  return 0;
}

int run_builds(const fs::path& root, OutputFormat format, std::ostream& out) {
  const auto builds = project::list_builds(root);
  if (format == OutputFormat::json) {
    json::array all;
    for (const project::BuildFolder& build : builds) {
      all.push_back(json::object{{"number", build.number},
                                 {"name", build.name},
                                 {"path", build.path.string()},
                                 {"built_at", built_at(build) * 1000},
                                 {"current", build.current}});
    }
    out << json::serialize(all) << '\n';
    return 0;
  }
  if (builds.empty()) out << "No builds: run `millrace build`.\n";
  for (const project::BuildFolder& build : builds) {
    fmt::print(out, "{} {}  {:%F %T}\n", build.current ? "*" : " ", build.name,
               fmt::localtime(built_at(build)));
  }
  return 0;
}

}  // namespace millrace::cli
