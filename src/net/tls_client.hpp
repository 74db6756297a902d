// TlsClient is the client's side of TLS, independent of the transport: it converts between
// plaintext and ciphertext and does no I/O of its own. It hides OpenSSL.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace millrace::net {

/// The trusted certificate authorities: the system's, and those of a file. Made once; clients share
/// it.
class TlsTrust {
 public:
  /// `extra_file`: PEM certificates in addition to the system's, as NODE_EXTRA_CA_CERTS; empty for
  /// none. Error: not_found or invalid, naming the file.
  [[nodiscard]] static base::Result<std::shared_ptr<const TlsTrust>> load(
      const std::string& extra_file);
  ~TlsTrust();
  TlsTrust(const TlsTrust&) = delete;
  TlsTrust& operator=(const TlsTrust&) = delete;

 private:
  friend class TlsClient;
  struct Impl;
  explicit TlsTrust(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// One connection. Used by one thread at a time.
class TlsClient {
 public:
  enum class Status : std::uint8_t {
    open,
    /// The peer has sent close_notify. A connection that closes without it has been truncated.
    ended,
    /// failure() has the reason: the certificate is not trusted or is for another host, or the
    /// bytes are not TLS.
    failed,
  };

  /// For a connection to `host`, whose certificate must be valid for that name (or address).
  TlsClient(const TlsTrust& trust, const std::string& host);
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;
  ~TlsClient();

  /// Starts the handshake: appends the bytes to send.
  void start(std::string& ciphertext);

  /// Takes received bytes; appends their content to `plaintext` and the bytes to send to
  /// `ciphertext`.
  [[nodiscard]] Status receive(std::string_view bytes, std::string& plaintext,
                               std::string& ciphertext);

  /// Appends `plaintext`, encrypted, to `ciphertext`; keeps it until the handshake is done.
  void send(std::string_view plaintext, std::string& ciphertext);

  /// Bytes given to send() that wait for the handshake.
  [[nodiscard]] std::size_t waiting() const;

  [[nodiscard]] const std::string& failure() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::net
