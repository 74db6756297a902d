// ClientTable counts what clients hold of the process: connections, by client and in all, and
// descriptors. It says who may have another, so that neither one client nor all of them together take
// what workers and other clients need.
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
  /// Whose connections are not limited by client.
  std::vector<base::IpNetwork> exempt;
  /// Descriptors that clients may hold: connections, files being sent, connections to other servers.
  std::size_t descriptors = 0;
};

/// Belongs to one thread. Leases may outlive it.
class ClientTable {
 public:
  /// What was granted, until it goes away.
  using Lease = std::shared_ptr<const void>;

  enum class Verdict : std::uint8_t {
    admitted,
    /// The client has as many connections as one may have.
    client_full,
    /// There are as many connections, or descriptors, as there may be.
    full,
  };

  struct Admission {
    Verdict verdict = Verdict::full;
    /// Null unless admitted.
    Lease lease;
  };

  explicit ClientTable(ClientLimits limits) : state_(std::make_shared<State>(std::move(limits))) {}

  /// What is held already stays.
  void set_limits(ClientLimits limits) { state_->limits = std::move(limits); }

  /// Another connection of the client with this address (text, as net::Peer has it).
  [[nodiscard]] Admission admit(std::string_view address);

  /// Another descriptor for a client's sake; null where there is none left.
  [[nodiscard]] Lease take_descriptor();

  [[nodiscard]] std::size_t connections() const { return state_->connections; }
  [[nodiscard]] std::size_t descriptors() const { return state_->descriptors; }
  /// Clients that are counted by address.
  [[nodiscard]] std::size_t clients() const { return state_->by_client.size(); }

 private:
  struct State {
    explicit State(ClientLimits given) : limits(std::move(given)) {}

    ClientLimits limits;
    std::size_t connections = 0;
    std::size_t descriptors = 0;
    /// Only of those who have one.
    std::unordered_map<base::IpAddress, std::size_t, base::IpAddressHash> by_client;
  };
  struct ConnectionLease;
  struct DescriptorLease;

  std::shared_ptr<State> state_;
};

}  // namespace millrace::gateway
