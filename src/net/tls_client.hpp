// TlsClient is the client's side of TLS over whatever carries bytes: ciphertext in, plaintext out,
// and back. It does no I/O of its own, so a Stream stays what it is. OpenSSL stays behind it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace millrace::net {

/// Whom to trust: the system's certificates, and those of a file. Made once; clients share it.
class TlsTrust {
 public:
  /// `extra_file`: certificates in PEM besides the system's, as NODE_EXTRA_CA_CERTS; empty for
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

/// One connection. Any one thread at a time.
class TlsClient {
 public:
  enum class Status : std::uint8_t {
    open,
    /// The peer has said that nothing follows. A connection that closes before has been cut.
    ended,
    /// failure() says why: the certificate is not trusted, or is for another host, or the bytes
    /// are no TLS.
    failed,
  };

  /// For a connection to `host`, whose certificate must be for that name (or address).
  TlsClient(const TlsTrust& trust, const std::string& host);
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;
  ~TlsClient();

  /// Begins the handshake: appends what is to be sent.
  void start(std::string& ciphertext);

  /// Takes what came; appends what it says to `plaintext` and what is to be sent to `ciphertext`.
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
