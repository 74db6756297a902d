// UpstreamRequest forwards a request to an upstream, where a rewrite leads out of the site, and
// returns its response. It uses one connection for each request; bodies flow in both directions at
// the speed of the slower side.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "gateway/client_table.hpp"
#include "gateway/response_source.hpp"
#include "http/request_parser.hpp"
#include "http/response_parser.hpp"
#include "net/connector.hpp"
#include "net/event_loop.hpp"
#include "net/stream.hpp"
#include "net/timer.hpp"
#include "net/tls_client.hpp"

namespace millrace::gateway {

/// Where a rewrite leads.
struct UpstreamTarget {
  /// Whether the scheme is https.
  bool secure = false;
  std::string host;
  std::string port;
  /// The value of the Host field: with the port where the URL has one.
  std::string authority;
  /// Path and query.
  std::string path;
};

/// Parses an absolute URL. Error: invalid, for one that is neither http nor https.
[[nodiscard]] base::Result<UpstreamTarget> parse_upstream_url(std::string_view url);

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
  /// The connection's descriptor; returned when the connection is closed.
  ClientTable::Lease descriptor;
};

/// Pinned in memory. Belongs to the loop's thread. Destroying it closes the connection.
class UpstreamRequest final : public ResponseSource, private net::Stream::Observer {
 public:
  /// `head`: the client's request; its method and framing are forwarded. `trust`: for https; null
  /// fails such requests. All arguments but the call outlive begin(), `loop` and `observer` also
  /// the request. Fails as SourceFailure::upstream, with a reason.
  UpstreamRequest(net::EventLoop& loop, UpstreamCall call, const http::RequestHead& head,
                  std::shared_ptr<const net::TlsTrust> trust, ResponseSource::Observer& observer);
  ~UpstreamRequest() override;

  // ResponseSource
  void begin() override;
  [[nodiscard]] std::size_t body_room() const override;
  void send_body(std::string_view bytes, bool end) override;
  void credit(std::size_t bytes) override;
  void cancel() override { complete(); }

 private:
  // net::Stream::Observer
  std::size_t on_bytes(std::string_view input) override;
  void on_closed() override;
  bool on_end() override;
  void on_drained() override;

  void connected(base::Result<base::UniqueFd> socket);
  /// Parses decrypted input; returns the number of bytes consumed.
  std::size_t take(std::string_view input);
  bool take_step(std::string_view input, std::size_t& used);
  void take_decrypted();
  void write(std::string_view bytes);
  bool take_head();
  /// Ends the response at an orderly end of the upstream's bytes.
  void end_response();
  void complete();
  void fail(std::string_view why);

  net::EventLoop& loop_;
  UpstreamCall call_;
  const http::RequestHead& head_;
  ResponseSource::Observer& observer_;
  std::optional<net::Connector> connector_;
  std::shared_ptr<net::Stream> stream_;
  http::ResponseParser parser_;
  std::shared_ptr<const net::TlsTrust> trust_;
  std::optional<net::TlsClient> tls_;
  /// Bytes that TLS has decrypted and the parser has not consumed.
  std::string decrypted_;
  /// Whether the upstream has sent a close_notify.
  bool close_notify_received_ = false;
  /// Whether the upstream has closed the connection in order, without a reset.
  bool closed_in_order_ = false;
  net::Timer timer_;
  std::string request_head_;
  bool head_request_ = false;
  bool chunked_ = false;
  bool over_ = false;
  /// Body bytes passed to the observer and not yet credited.
  std::size_t held_ = 0;
  bool paused_ = false;
  /// Set to false on destruction, for calls of the observer that destroy this object.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace millrace::gateway
