// What the server does by itself because it faces the internet: it redirects HTTP to HTTPS, tells
// browsers to stay with HTTPS (HSTS), and responds to the challenges by which a certificate authority
// verifies a domain (ACME).
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "http/request_parser.hpp"

namespace millrace::gateway {

struct EdgeOptions {
  /// The port to which listeners with net::Entry::redirect redirect.
  std::uint16_t https_port = 443;
  /// The value of Strict-Transport-Security (RFC 6797) for responses over TLS; empty for none.
  std::string strict_transport = {};
  /// Whether clients may or must present certificates.
  bool client_certificates = false;
  /// A folder in which an ACME client leaves its challenges, below .well-known/acme-challenge; empty
  /// for none.
  std::filesystem::path challenges = {};
};

/// A response to an ACME challenge (RFC 8555 §8.3).
struct Challenge {
  /// The contents of the file; nothing where there is no such challenge, or it cannot be read now.
  std::optional<std::string> text = {};
  /// Descriptors or memory have run out: whether there is such a challenge is not known.
  bool exhausted = false;
};

/// Returns nothing where the target is not of a challenge, or no folder for these is set. Reads the
/// file, of at most a few kilobytes.
[[nodiscard]] std::optional<Challenge> find_challenge(const EdgeOptions& options,
                                                      std::string_view target);

/// Returns the URL to which a request without TLS is redirected: the same over HTTPS. Nothing where
/// the request names no host.
[[nodiscard]] std::optional<std::string> https_location(const EdgeOptions& options,
                                                        const http::RequestHead& head);

}  // namespace millrace::gateway
