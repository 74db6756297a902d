#include "serving/start_production.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <utility>

#include "control/control_client.hpp"
#include "net/listener.hpp"
#include "serving/production_server.hpp"
#include "serving/service_manager.hpp"

namespace millrace::serving {

namespace {

using observe::Level;

constexpr std::chrono::seconds kPatience{60};

int refuse(const base::Error& error, observe::Log& log) {
  log.say(Level::error, error.message());
  return 1;
}

/// The sockets of a server that runs, and how to reach it.
struct Predecessor {
  std::filesystem::path control;
  std::vector<base::UniqueFd> sockets;
  std::uint16_t port = 0;
};

base::Result<Predecessor> find_predecessor(const StartOptions& options) {
  for (const control::RunningServer& server : control::running_servers(options.root)) {
    if (options.port != 0 && server.port != options.port) continue;
    auto answer = control::ask(server.socket, R"({"command":"listeners"})", kPatience);
    if (!answer) return answer.error();
    if (answer->descriptors.empty()) continue;
    return Predecessor{
        .control = server.socket, .sockets = std::move(answer->descriptors), .port = server.port};
  }
  return base::Error(base::ErrorCode::not_found,
                     fmt::format("--takeover: no server of {} runs on port {}; leave the option "
                                 "out to start the first",
                                 options.root.string(), options.port));
}

}  // namespace

int run_start(const StartOptions& options, observe::Log& log) {
  auto deployment = read_deployment(options);
  if (!deployment) return refuse(deployment.error(), log);
  if (options.takeover) {
    auto before = find_predecessor(options);
    if (!before) return refuse(before.error(), log);
    Production production(options, log, std::move(before->sockets), before->port);
    return production.run_after(before->control, std::move(deployment).value());
  }
  std::vector<base::UniqueFd> sockets = sockets_of_service_manager();
  std::uint16_t port = sockets.empty() ? std::uint16_t{0} : port_of(sockets.front());
  if (sockets.empty()) {
    auto bound = net::bind_sockets(options.host, options.port);
    if (!bound) return refuse(bound.error(), log);
    sockets = std::move(bound->sockets);
    port = bound->port;
  }
  Production production(options, log, std::move(sockets), port);
  return production.run(std::move(deployment).value());
}

}  // namespace millrace::serving
