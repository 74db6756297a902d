#include "serving/tls_listeners.hpp"

#include <algorithm>
#include <utility>

#include "net/listener.hpp"
#include "serving/bound_address.hpp"

namespace millrace::serving {

bool redirects_at(const project::TlsSettings& tls, std::uint16_t port) {
  return !tls.certificates.empty() && tls.redirect_from != 0 && port == tls.redirect_from;
}

base::Result<void> bind_redirects(const project::TlsSettings& tls, const std::string& host,
                                  std::uint16_t port, std::vector<base::UniqueFd>& sockets) {
  if (tls.certificates.empty()) return {};
  if (redirects_at(tls, port)) {
    return base::Error(base::ErrorCode::conflict,
                       "millrace.toml, [tls] redirect_from: expected another port than the "
                       "server's own, found " +
                           std::to_string(port) + "; give the server's with --port 443");
  }
  // A socket of an earlier configuration must not speak TLS at a port for plain HTTP.
  std::erase_if(sockets, [&](const base::UniqueFd& socket) {
    const std::uint16_t bound = bound_address(socket).port;
    return bound != port && !redirects_at(tls, bound);
  });
  const bool has_some = std::any_of(
      sockets.begin(), sockets.end(),
      [&](const base::UniqueFd& socket) { return redirects_at(tls, bound_address(socket).port); });
  if (has_some || tls.redirect_from == 0) return {};
  auto bound = net::bind_sockets(host, static_cast<std::uint16_t>(tls.redirect_from));
  if (!bound) return bound.error();
  for (base::UniqueFd& socket : bound->sockets) sockets.push_back(std::move(socket));
  return {};
}

gateway::EdgeOptions edge_options(const project::TlsSettings& tls,
                                  const std::filesystem::path& root, std::uint16_t port) {
  gateway::EdgeOptions edge;
  if (tls.certificates.empty()) return edge;
  edge.https_port = tls.redirect_to == 0 ? port : static_cast<std::uint16_t>(tls.redirect_to);
  edge.strict_transport = tls.hsts;
  edge.client_certificates = tls.client_certificates != "none";
  if (!tls.challenges.empty()) edge.challenges = root / tls.challenges;
  return edge;
}

}  // namespace millrace::serving
