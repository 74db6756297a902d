#include "gateway/client_table.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace millrace::gateway {

struct ClientTable::DescriptorLease {
  explicit DescriptorLease(std::shared_ptr<State> of) : state(std::move(of)) {
    ++state->descriptors;
  }
  DescriptorLease(const DescriptorLease&) = delete;
  DescriptorLease& operator=(const DescriptorLease&) = delete;
  ~DescriptorLease() { --state->descriptors; }

  std::shared_ptr<State> state;
};

struct ClientTable::ConnectionLease : DescriptorLease {
  ConnectionLease(std::shared_ptr<State> of, std::optional<base::IpAddress> who)
      : DescriptorLease(std::move(of)), client(who) {
    ++state->connections;
    if (client) ++state->by_client[*client];
  }
  ConnectionLease(const ConnectionLease&) = delete;
  ConnectionLease& operator=(const ConnectionLease&) = delete;
  ~ConnectionLease() {
    --state->connections;
    if (!client) return;
    const auto known = state->by_client.find(*client);
    if (--known->second == 0) state->by_client.erase(known);
  }

  /// Nothing where the connection counts only towards the total.
  std::optional<base::IpAddress> client;
};

ClientTable::Admission ClientTable::admit(std::string_view address) {
  const ClientLimits& limits = state_->limits;
  std::optional<base::IpAddress> client = base::IpAddress::parse(address);
  const bool exempt =
      limits.connections_per_client == 0 || !client ||
      std::any_of(limits.exempt.begin(), limits.exempt.end(),
                  [&](const base::IpNetwork& network) { return network.contains(*client); });
  client = exempt ? std::nullopt : std::optional(client->client());
  if (client) {
    const auto known = state_->by_client.find(*client);
    if (known != state_->by_client.end() && known->second >= limits.connections_per_client) {
      return {.verdict = Verdict::client_full, .lease = nullptr};
    }
  }
  if (state_->connections >= limits.connections || state_->descriptors >= limits.descriptors) {
    return {.verdict = Verdict::full, .lease = nullptr};
  }
  return {.verdict = Verdict::admitted, .lease = std::make_shared<ConnectionLease>(state_, client)};
}

ClientTable::Lease ClientTable::take_descriptor() {
  if (state_->descriptors >= state_->limits.descriptors) return nullptr;
  return std::make_shared<DescriptorLease>(state_);
}

}  // namespace millrace::gateway
