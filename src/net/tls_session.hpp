// TlsSession is the server's side of TLS on one connected socket: it reads and writes records, and
// the caller waits for the socket. It hides OpenSSL.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "net/tls_server.hpp"

namespace millrace::net {

/// Belongs to the loop's thread. The process ignores SIGPIPE.
class TlsSession {
 public:
  /// What an operation needs next.
  enum class State : std::uint8_t {
    /// It has made progress.
    done,
    /// The socket must become readable, or writable, first.
    wants_read,
    wants_write,
    /// The peer has ended its bytes with close_notify.
    ended,
    /// The peer left, or does not speak TLS as required; failure() has the reason. Only the socket
    /// can still be closed.
    failed,
  };

  struct Outcome {
    State state = State::failed;
    /// The bytes read or written.
    std::size_t bytes = 0;
  };

  /// Key updates of a peer that a connection accepts (RFC 8446 §4.6.3). Each costs the server a key
  /// schedule, and a client needs one after some ten gigabytes.
  static constexpr std::uint32_t kMostKeyUpdates = 32;
  /// The largest ClientHello; the buffer for it is allocated before it arrives.
  static constexpr std::size_t kMostHello = 16 * 1024;

  /// For the connected, non-blocking socket `fd`, which outlives the session.
  TlsSession(std::shared_ptr<const TlsServer> server, int fd);
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;
  ~TlsSession();

  /// Continues the handshake. `done`: it is complete.
  [[nodiscard]] Outcome handshake();

  /// Reads at most `room` bytes. May leave bytes that it has received: see has_received().
  [[nodiscard]] Outcome read(char* to, std::size_t room);

  /// Whether a part of the received bytes has not been read, so that the socket need not become
  /// readable again.
  [[nodiscard]] bool has_received() const;

  /// Writes the first bytes of `bytes`. Where the socket has no room, the next call must begin with
  /// the same bytes, and have at least as many.
  [[nodiscard]] Outcome write(std::string_view bytes);

  /// Tells the peer that no more bytes follow (close_notify), if the socket has room for that.
  void end_output();

  /// The agreed protocol; empty where the client offers none.
  [[nodiscard]] std::string_view alpn() const;
  /// The name that the client asked for; empty where it named none.
  [[nodiscard]] std::string_view server_name() const;
  /// Whether the handshake resumed an earlier session.
  [[nodiscard]] bool resumed() const;
  /// The client's certificate in DER; empty where it has presented none.
  [[nodiscard]] std::string client_certificate() const;

  [[nodiscard]] const std::string& failure() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::net
