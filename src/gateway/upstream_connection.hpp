// UpstreamConnection is one connection to an upstream: TCP, and TLS for https. It hides the
// encryption, and tells whether the upstream has ended its bytes in order or was cut off, which over
// TLS is another question than whether TCP has ended.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "gateway/client_table.hpp"
#include "gateway/upstream_target.hpp"
#include "net/connector.hpp"
#include "net/event_loop.hpp"
#include "net/stream.hpp"
#include "net/tls_client.hpp"

namespace millrace::gateway {

/// Pinned in memory. Belongs to the loop's thread. Destroying it closes the connection and loses
/// unsent bytes.
class UpstreamConnection final : private net::Stream::Observer {
 public:
  /// Receives the connection's events, from the loop or from inside resume(). May destroy the
  /// connection in each call, or set another observer.
  class Observer {
   public:
    Observer() = default;
    Observer(const Observer&) = delete;
    Observer& operator=(const Observer&) = delete;
    virtual ~Observer() = default;

    /// The connection is established and takes bytes.
    virtual void on_connected() = 0;

    /// `input` is everything received and not consumed, decrypted. Returns the number of bytes
    /// consumed; the rest is offered again together with further bytes, or by resume().
    virtual std::size_t on_bytes(std::string_view input) = 0;

    /// All written bytes are sent, after a write that did not complete at once.
    virtual void on_writable() = 0;

    /// The upstream has ended its bytes in order. Unless keep_half_open() was called, the connection
    /// is closed.
    virtual void on_end() = 0;

    /// The connection cannot be established, is not trusted, or was broken off; it is closed.
    virtual void on_broken(std::string_view why) = 0;
  };

  /// `trust`: for https; null fails such connections. `descriptor` is returned when the connection
  /// is closed. `loop` outlives the connection.
  UpstreamConnection(net::EventLoop& loop, const UpstreamTarget& target,
                     std::shared_ptr<const net::TlsTrust> trust, ClientTable::Lease descriptor);
  ~UpstreamConnection() override;

  /// Connects. Call once. on_connected() or on_broken() follows, from the loop.
  void open(Observer& observer);

  /// Makes `observer` receive the events from now on; it must not be null.
  void set_observer(Observer& observer) { observer_ = &observer; }

  /// The number of bytes that should be written now at most.
  [[nodiscard]] std::size_t room() const;
  void write(std::string_view bytes);

  /// Stops reading and offering bytes. The end is not noticed until resume().
  void pause();
  /// Offers the bytes that wait, then continues reading.
  void resume();

  /// From now on the connection stays open for writing when the upstream has ended its bytes.
  void keep_half_open() { half_open_ = true; }
  /// Ends the bytes to the upstream once all of them are sent; reading continues.
  void end_output();
  /// Sends what is unsent for a few seconds at most, then closes. No call of the observer follows.
  void finish();

 private:
  // net::Stream::Observer
  std::size_t on_bytes(std::string_view input) override;
  void on_closed() override;
  bool on_end() override;
  void on_drained() override;

  void connected(base::Result<base::UniqueFd> socket);
  void deliver_decrypted();
  void tell_end();

  enum class PeerEnd : std::uint8_t {
    none,
    /// The upstream has ended its bytes in order: close_notify over TLS, otherwise FIN.
    orderly,
    /// The observer knows.
    told,
  };

  net::EventLoop& loop_;
  std::string host_;
  std::string port_;
  bool secure_;
  std::shared_ptr<const net::TlsTrust> trust_;
  ClientTable::Lease descriptor_;
  Observer* observer_ = nullptr;
  std::optional<net::Connector> connector_;
  std::shared_ptr<net::Stream> stream_;
  std::optional<net::TlsClient> tls_;
  /// Bytes that TLS has decrypted and the observer has not consumed.
  std::string decrypted_;
  bool paused_ = false;
  bool half_open_ = false;
  PeerEnd peer_end_ = PeerEnd::none;
  /// Set to false on destruction, for calls of the observer that destroy this object.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace millrace::gateway
