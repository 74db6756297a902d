// The contents of a TlsServer, for this folder's own files.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "net/openssl_handles.hpp"
#include "net/tls_server.hpp"

namespace millrace::net {

struct TlsServer::Impl {
  /// The certificates for the same names.
  struct Host {
    SslContext context;
    std::vector<std::string> names;
    /// EVP_PKEY_id of each certificate's key.
    std::vector<int> key_types;
  };

  /// The first is the default.
  std::vector<Host> hosts;
  /// By a name in lower case, which may begin with "*.".
  std::unordered_map<std::string, SSL_CTX*> by_name;
  /// The protocols of ALPN as the handshake has them, each after its length.
  std::string protocols;
  std::shared_ptr<const TlsTicketKeys> tickets;
  std::int64_t expires = 0;

  /// Adds a certificate: to the host of the same names, where that has none with this kind of key.
  [[nodiscard]] base::Result<void> add(const TlsServerOptions& options,
                                       const TlsCertificateFiles& files);

  /// Makes handshakes of `context` ask this object (tls_server_callbacks.cpp).
  void set_callbacks(SSL_CTX* context);

  /// Returns the context for the name that a client asks for.
  [[nodiscard]] SSL_CTX* context_for(std::string_view name) const;
};

}  // namespace millrace::net
