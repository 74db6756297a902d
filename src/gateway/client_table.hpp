// ClientTable counts what clients use of the process: connections (in total and per client) and
// file descriptors. It enforces the limits, so that neither one client nor all of them together
// exhaust what workers and other clients need.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/ip_network.hpp"

namespace millrace::gateway {

struct ClientLimits {
  std::size_t connections = 0;
  /// 0: no limit.
  std::size_t connections_per_client = 0;
  /// Clients without a limit of their own; their connections count only towards the total.
  std::vector<base::IpNetwork> exempt;
  /// Descriptors for clients: connections, files being sent, upstream connections.
  std::size_t descriptors = 0;
};

/// Belongs to one thread. Leases may outlive the table.
class ClientTable {
 public:
  /// A granted connection or descriptor; destroying the last copy returns it.
  using Lease = std::shared_ptr<const void>;

  enum class Verdict : std::uint8_t {
    admitted,
    /// The client has reached the limit of connections per client.
    client_full,
    /// The total limit of connections or of descriptors is reached.
    full,
  };

  struct Admission {
    Verdict verdict = Verdict::full;
    /// Null unless the verdict is `admitted`.
    Lease lease;
  };

  explicit ClientTable(ClientLimits limits) : state_(std::make_shared<State>(std::move(limits))) {}

  /// Replaces the limits. Leases that exceed the new limits stay valid.
  void set_limits(ClientLimits limits) { state_->limits = std::move(limits); }

  /// Requests a connection for the client with this address (text, as in net::Peer).
  [[nodiscard]] Admission admit(std::string_view address);

  /// Requests a descriptor for a client's request; returns null where the limit is reached.
  [[nodiscard]] Lease take_descriptor();

  [[nodiscard]] std::size_t connections() const { return state_->connections; }
  [[nodiscard]] std::size_t descriptors() const { return state_->descriptors; }
  /// The number of clients whose connections are counted per client.
  [[nodiscard]] std::size_t clients() const { return state_->by_client.size(); }

 private:
  struct State {
    explicit State(ClientLimits given) : limits(std::move(given)) {}

    ClientLimits limits;
    std::size_t connections = 0;
    std::size_t descriptors = 0;
    /// Contains only clients that have connections.
    std::unordered_map<base::IpAddress, std::size_t, base::IpAddressHash> by_client;
  };
  struct ConnectionLease;
  struct DescriptorLease;

  std::shared_ptr<State> state_;
};

}  // namespace millrace::gateway
