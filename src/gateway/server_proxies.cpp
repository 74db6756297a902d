// Which proxies a server trusts, and which hosts it serves.

#include "gateway/server.hpp"
#include "http/fields.hpp"
#include "http/host.hpp"

namespace millrace::gateway {

namespace {

std::string_view without_brackets(std::string_view host) {
  return host.starts_with('[') ? host.substr(1, host.size() - 2) : host;
}

}  // namespace

Server::Proxied::Proxied(const project::ProxyKeys& keys) : hosts(keys.allowed_hosts) {
  if (keys.trusted_proxies.empty()) return;
  headers = keys.proxy_protocol;
  trust = std::make_shared<const ProxyTrust>(
      ProxyTrust{.networks = keys.trusted_proxies,
                 .fields = keys.forwarded == "forwarded" ? ProxyTrust::Fields::forwarded
                                                         : ProxyTrust::Fields::x_forwarded});
}

void Server::set_proxies(const project::ProxyKeys& keys) {
  proxied_ = Proxied(keys);
  clients_.set_limits(client_limits());
}

void Server::on_no_header(const net::Peer& proxy) {
  measured_.metrics.connections.malformed.add();
  log_notice(
      Notice::proxy_header,
      "closed a connection of the trusted proxy " + proxy.address +
          ", which did not begin with a header of the PROXY protocol (millrace.toml, [server] "
          "proxy_protocol, trusted_proxies)");
  if (shutdown_) loop_.at_turn_end(*this);
}

bool Server::Proxied::accepts(std::string_view fields, const net::Peer& peer) const {
  const std::string_view authority = http::find_field(fields, "host").value_or("");
  const std::string_view host = http::host_of(authority);
  if (hosts.match(host)) return true;
  // The workers fetch from the server itself, as the image optimiser does.
  const std::string own = peer.local_host + ":" + std::to_string(peer.local_port);
  if (peer.local_host.empty() || authority != own) return false;
  const auto own_address = base::IpAddress::parse(without_brackets(peer.local_host));
  return own_address && base::IpAddress::parse(peer.address) == own_address;
}

}  // namespace millrace::gateway
