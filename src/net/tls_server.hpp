// TlsServer is what all TLS connections of a server share: the certificates, chosen by the name that
// the client asks for (SNI, RFC 6066), the versions and ciphers of Mozilla's intermediate
// configuration, the protocols of ALPN and the keys of session tickets. It hides OpenSSL.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "net/tls_ticket_keys.hpp"

namespace millrace::net {

/// A certificate with its chain, and its private key: files in PEM.
struct TlsCertificateFiles {
  std::string certificate;
  std::string key;
};

/// Whether clients present certificates.
enum class ClientCertificates : std::uint8_t {
  none,
  /// A client may present one; one that is not valid ends the handshake.
  optional,
  /// A handshake without one fails.
  required,
};

struct TlsServerOptions {
  /// The first is for clients that ask for no name, or for one that no certificate has. Two for the
  /// same names are alternatives with different kinds of keys (ECDSA and RSA).
  std::vector<TlsCertificateFiles> certificates = {};
  /// In the server's order of preference: "h2", "http/1.1".
  std::vector<std::string> protocols = {"h2", "http/1.1"};
  ClientCertificates client_certificates = ClientCertificates::none;
  /// File of the authorities (PEM) that clients' certificates must be of.
  std::string client_authorities = {};
};

/// Immutable, so that it is replaced as a whole: connections keep the one that they began with. Any
/// thread.
class TlsServer {
 public:
  /// Reads the files. Errors name the file, and what is wrong with it: unreadable, not PEM, a key
  /// that does not belong to the certificate, a certificate that names no host.
  [[nodiscard]] static base::Result<std::shared_ptr<const TlsServer>> load(
      const TlsServerOptions& options, std::shared_ptr<const TlsTicketKeys> tickets);
  /// For this folder's own files.
  struct Impl;
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;
  ~TlsServer();

  /// The names of all certificates, in lower case, sorted.
  [[nodiscard]] std::vector<std::string> names() const;
  /// The earliest end of a certificate's validity, in seconds since 1970.
  [[nodiscard]] std::int64_t expires() const;

 private:
  friend class TlsSession;
  explicit TlsServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::net
