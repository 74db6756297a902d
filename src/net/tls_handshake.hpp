// TlsHandshake is a client's connection until its TLS handshake is complete. It costs no session
// before the client has sent a whole ClientHello of a sane size, so that a client that sends nothing,
// or a byte at a time, holds little more than its socket.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/memory_budget.hpp"
#include "base/unique_fd.hpp"
#include "net/event_loop.hpp"
#include "net/tls_session.hpp"

namespace millrace::net {

/// Belongs to the loop's thread. Destroying it closes the socket without a call. It has no time
/// limit of its own: its owner destroys it.
class TlsHandshake {
 public:
  /// The memory that a session may take during the handshake, in bytes.
  static constexpr std::size_t kSessionMemory = 64 * 1024;

  struct Result {
    enum class Kind : std::uint8_t {
      /// `session` is established.
      done,
      /// The client speaks HTTP without TLS; its request is unread.
      plain_http,
      /// The memory budget has no room.
      no_memory,
      /// The client left, or does not speak TLS as required.
      failed,
    };
    Kind kind = Kind::failed;
    base::UniqueFd socket = {};
    std::unique_ptr<TlsSession> session = nullptr;
    /// Why it failed.
    std::string reason = {};
  };
  using OnDone = std::function<void(Result)>;

  /// `on_done` is called once, from the loop, and may destroy the handshake. `memory` may be null.
  TlsHandshake(EventLoop& loop, base::UniqueFd socket, std::shared_ptr<const TlsServer> server,
               std::shared_ptr<base::MemoryBudget> memory, OnDone on_done);
  TlsHandshake(const TlsHandshake&) = delete;
  TlsHandshake& operator=(const TlsHandshake&) = delete;
  ~TlsHandshake();

  /// Whether a session has been made, which takes memory.
  [[nodiscard]] bool has_session() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace millrace::net
