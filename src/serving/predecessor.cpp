#include "serving/predecessor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "serving/bound_address.hpp"
#include "serving/control_client.hpp"

namespace millrace::serving {

namespace {

/// A server responds at once unless the machine is overloaded.
constexpr std::chrono::seconds kTimeout{60};

/// Returns whether one of the sockets is bound to `host`, an address or "localhost".
bool listen_at(const std::vector<base::UniqueFd>& sockets, const std::string& host) {
  return std::any_of(sockets.begin(), sockets.end(), [&host](const base::UniqueFd& socket) {
    const std::string address = bound_address(socket).host;
    return address == host || (host == "localhost" && (address == "127.0.0.1" || address == "::1"));
  });
}

}  // namespace

base::Result<Predecessor> Predecessor::find(const ProductionOptions& options) {
  std::vector<Predecessor> found;
  for (control::RunningServer& server : control::running_servers(options.runtime.root)) {
    if (options.port != 0 && server.port != options.port) continue;
    auto received = call(server, ListenersRequest{}, kTimeout);
    if (!received) return received.error();
    if (received->descriptors.empty()) continue;
    found.push_back(Predecessor(std::move(server), std::move(received->descriptors)));
  }
  if (found.size() > 1 && !options.host.empty()) {
    std::erase_if(found, [&options](const Predecessor& server) {
      return !listen_at(server.sockets_, options.host);
    });
  }
  const std::string& root = options.runtime.root.string();
  if (found.empty()) {
    return base::Error(
        base::ErrorCode::not_found,
        fmt::format("--takeover: no server of {} runs on port {}; omit the option to "
                    "start the first one",
                    root, options.port));
  }
  if (found.size() > 1) {
    return base::Error(base::ErrorCode::conflict,
                       fmt::format("--takeover: {} servers of {} run; name the one to take over "
                                   "from with --port and --hostname",
                                   found.size(), root));
  }
  return std::move(found.front());
}

std::optional<pid_t> Predecessor::process() const { return control::process_of(server_.socket); }

std::string Predecessor::ticket_keys() const {
  auto received = call(server_, TicketKeysRequest{}, kTimeout);
  // A predecessor without them costs its clients a full handshake.
  return received ? std::move(received->response.keys) : std::string();
}

base::Result<void> Predecessor::hand_over() const {
  if (auto received = call(server_, HandoverRequest{}, kTimeout); !received) {
    return received.error();
  }
  return {};
}

}  // namespace millrace::serving
