// UpstreamRequest forwards a request to an upstream, where a rewrite leads out of the site or the
// site has nothing for the request, and returns the upstream's response. Bodies flow in both
// directions at the speed of the slower side; after a 101 response, so do the bytes of the protocol
// that the two sides have switched to.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "gateway/client_table.hpp"
#include "gateway/response_source.hpp"
#include "gateway/upstream_connection.hpp"
#include "gateway/upstream_pool.hpp"
#include "gateway/upstream_target.hpp"
#include "http/request_parser.hpp"
#include "http/response_parser.hpp"
#include "net/event_loop.hpp"
#include "net/timer.hpp"
#include "net/tls_client.hpp"

namespace millrace::gateway {

/// How a request is forwarded.
enum class Forwarding : std::uint8_t {
  /// As Next.js forwards a rewrite: each request has a connection of its own, an Upgrade is not
  /// forwarded, and a failure is SourceFailure::upstream.
  rewrite,
  /// As a reverse proxy forwards the requests of a site: connections are kept, an Upgrade is
  /// forwarded, and a failure is SourceFailure::bad_gateway or gateway_timeout.
  site,
};

/// A request to an upstream.
struct UpstreamCall {
  UpstreamTarget target;
  /// The upstream's name in the log.
  std::string name;
  /// The fields to send instead of the client's, without those that its Connection field names; the
  /// other connection-specific fields are removed here (RFC 9110 §7.6.1).
  std::string fields;
  /// The longest time without a byte from the upstream while its response is incomplete.
  std::chrono::milliseconds timeout{0};
  /// The same once the response has begun; 0: `timeout`.
  std::chrono::milliseconds body_timeout{0};
  Forwarding forwarding = Forwarding::rewrite;
  /// The connection's descriptor; returned when the connection is closed.
  ClientTable::Lease descriptor = nullptr;
};

/// Pinned in memory. Belongs to the loop's thread. Destroying it closes the connection.
class UpstreamRequest final : public ResponseSource, private UpstreamConnection::Observer {
 public:
  /// `head`: the client's request; its method and framing are forwarded. `trust`: for https; null
  /// fails such requests. All arguments but the call outlive begin(); `loop`, `pool` and `observer`
  /// also the request. Fails with a reason.
  ///
  /// A response with the status 101 begins a tunnel: its fields include Connection and Upgrade;
  /// bodies are the bytes of the tunnel; `end` ends only the bytes of one side. A tunnel can fail
  /// after on_body() with `end`.
  UpstreamRequest(net::EventLoop& loop, UpstreamPool& pool, UpstreamCall call,
                  const http::RequestHead& head, std::shared_ptr<const net::TlsTrust> trust,
                  ResponseSource::Observer& observer);
  ~UpstreamRequest() override;

  // ResponseSource
  void begin() override;
  [[nodiscard]] std::size_t body_room() const override;
  void send_body(std::string_view bytes, bool end) override;
  void credit(std::size_t bytes) override;
  void cancel() override;

 private:
  // UpstreamConnection::Observer
  void on_connected() override;
  std::size_t on_bytes(std::string_view input) override;
  void on_writable() override;
  void on_end() override;
  void on_broken(std::string_view why) override;

  enum class Phase : std::uint8_t {
    /// Not established, or on a kept connection that has not answered yet.
    connecting,
    /// The response is incomplete.
    responding,
    tunnel,
    over,
  };

  /// The request's bytes to the upstream.
  struct Output {
    /// The head, until it is sent; it is kept for a second attempt while `repeatable`.
    std::string head;
    bool chunked = false;
    /// All of the request is sent, or the client has ended its side of the tunnel.
    bool ended = false;
  };

  void make_head();
  void connect();
  void send_head();
  [[nodiscard]] bool is_repeatable() const;
  /// Tries once more, on a new connection. Returns false where that is not possible.
  [[nodiscard]] bool try_again();
  void await_bytes();
  bool take_step(std::string_view input, std::size_t& used);
  bool take_head(bool bytes_follow);
  bool take_switch(const http::ParsedResponseHead& head);
  /// The response is complete. `reusable`: no byte follows it.
  void complete(bool reusable);
  void stop();
  enum class Cause : std::uint8_t { broken, timeout };
  void fail(std::string_view why, Cause cause = Cause::broken);

  net::EventLoop& loop_;
  UpstreamPool& pool_;
  UpstreamCall call_;
  const http::RequestHead& head_;
  std::shared_ptr<const net::TlsTrust> trust_;
  ResponseSource::Observer& observer_;
  std::unique_ptr<UpstreamConnection> connection_;
  http::ResponseParser parser_;
  net::Timer timer_;
  Output output_;
  Phase phase_ = Phase::connecting;
  /// The connection was kept from an earlier request, and has sent nothing for this one.
  bool on_kept_ = false;
  /// Body bytes passed to the observer and not yet credited.
  std::size_t held_ = 0;
  bool paused_ = false;
  /// Set to false on destruction, for calls of the observer that destroy this object.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace millrace::gateway
