// UpstreamRequest passes a request on to another server, where a rewrite leads out of the site, and
// its response back. One connection for each request; bodies flow both ways as fast as the slower side
// takes them.
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
  /// https.
  bool secure = false;
  std::string host;
  std::string port;
  /// For the Host field: with the port where the URL names one.
  std::string authority;
  /// Path and query.
  std::string path;
};

/// Takes an absolute URL apart. Error: invalid, for one that is neither
/// http nor https.
[[nodiscard]] base::Result<UpstreamTarget> parse_upstream_url(std::string_view url);

/// A request to another server.
struct UpstreamCall {
  UpstreamTarget target;
  /// The other server, for the log.
  std::string name;
  /// The fields to send instead of the client's own, already without those that its Connection field
  /// names; the others for one connection only are left out (RFC 9110 §7.6.1).
  std::string fields;
  /// How long nothing may come while a response is owed.
  std::chrono::milliseconds patience{0};
  /// For the connection; goes back with it.
  ClientTable::Lease descriptor;
};

/// Pinned in memory. Belongs to the loop's thread. Destroying it breaks off.
class UpstreamRequest final : public ResponseSource, private net::Stream::Observer {
 public:
  /// `head`: the client's request; its method and framing are passed on. `trust`: for https; null
  /// refuses it. All but the call are to outlive begin(), `loop` and `observer` the request too. Fails
  /// as SourceFailure::upstream, with a reason.
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
  /// Parses what has come in the clear; returns the bytes done with.
  std::size_t take(std::string_view input);
  bool take_step(std::string_view input, std::size_t& used);
  void take_decrypted();
  void write(std::string_view bytes);
  bool take_head();
  /// Nothing more comes, and that is no accident.
  void end_of_answer();
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
  /// What TLS has yielded and the parser has not taken.
  std::string decrypted_;
  /// By close_notify.
  bool peer_said_end_ = false;
  /// The connection, and no reset did.
  bool peer_ended_ = false;
  net::Timer patience_;
  std::string request_head_;
  bool head_request_ = false;
  bool chunked_ = false;
  bool over_ = false;
  /// Body bytes given to the observer and not yet consumed.
  std::size_t held_ = 0;
  bool paused_ = false;
  /// Told by what a call of the observer does to this object.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace millrace::gateway
