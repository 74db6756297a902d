// ForwardedClient finds out who sends a request that comes through reverse proxies: from the fields
// X-Forwarded-For, -Proto, -Host and -Port, or from Forwarded (RFC 7239), as far as the servers that
// wrote them are trusted. What anybody else says about the client is dropped, so that nobody can
// claim an address.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip_network.hpp"
#include "http/request_parser.hpp"
#include "net/listener.hpp"

namespace millrace::gateway {

/// The servers in front of this one, and how they tell about the client.
struct ProxyTrust {
  enum class Fields : std::uint8_t { x_forwarded, forwarded };

  std::vector<base::IpNetwork> networks;
  Fields fields = Fields::x_forwarded;

  /// Returns false for text that is no address.
  [[nodiscard]] bool trusts(std::string_view address) const;
};

/// The text of the response to a request that is refused.
inline constexpr std::string_view kMisforwarded =
    "Bad Request: the proxy's X-Forwarded or Forwarded fields are invalid";

/// Describes the client of one request at a time. Pinned in memory: its results point into it.
/// Belongs to the connection's thread.
class ForwardedClient {
 public:
  enum class Verdict : std::uint8_t {
    known,
    /// A trusted proxy names a host or a scheme that is none: the request is refused with 400, since
    /// what its URL is cannot be decided.
    refused,
  };

  ForwardedClient() = default;
  ForwardedClient(const ForwardedClient&) = delete;
  ForwardedClient& operator=(const ForwardedClient&) = delete;
  ~ForwardedClient() = default;

  /// Reads the fields of `head`, which came over the connection of `peer`. `head` outlives the
  /// results.
  [[nodiscard]] Verdict read(const ProxyTrust& trust, const http::RequestHead& head,
                             const net::Peer& peer);

  /// The request, whose X-Forwarded fields and Host say what was found; valid until the next call
  /// of read().
  [[nodiscard]] const http::RequestHead& head() const { return head_; }

  /// The client: the right-most address that is not a trusted proxy's. Where a proxy does not tell
  /// one, that proxy.
  [[nodiscard]] const net::Peer& peer() const { return peer_; }

 private:
  http::RequestHead head_;
  net::Peer peer_;
  std::string fields_;
};

}  // namespace millrace::gateway
