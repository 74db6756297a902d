// Http2Stream is one request of an HTTP/2 connection: the transport of its exchange. It queues the
// response until the connection and the client's windows take it, and the request's body until the
// exchange takes it, so that either side waits for the other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "gateway/client_certificate.hpp"
#include "gateway/exchange.hpp"
#include "gateway/forwarded_client.hpp"
#include "gateway/rate_meter.hpp"
#include "gateway/request_tally.hpp"
#include "gateway/transport.hpp"
#include "http/request_parser.hpp"
#include "http/response_writer.hpp"
#include "http2/session.hpp"
#include "net/unsent_bytes.hpp"

namespace millrace::gateway {

class Http2Connection;

/// Owned by its connection. Belongs to the loop's thread.
class Http2Stream final : public http2::Session::Stream, private Transport {
 public:
  /// Both outlive the stream.
  Http2Stream(Http2Connection& connection, http2::StreamId id, const http::RequestHead& head);
  ~Http2Stream() override;

  /// Starts the exchange. Call once.
  void begin();

  /// All queued bytes have been framed.
  void notify_sent();

  /// Enforces the rates. Called once a second.
  void sweep();

  /// The server shuts down: asks the worker to close a tunnel.
  void drain_tunnel();

  /// Reports the exchange, if there is one, and destroys it.
  void end_exchange(observe::RequestOutcome outcome);

  /// Whether the response is incomplete.
  [[nodiscard]] bool has_request() const { return exchange_.has_value(); }
  /// Whether its connection may be cut; see ClientConnection.
  [[nodiscard]] bool may_be_cut_for(const Exchange& asking) const {
    return !exchange_ || (&*exchange_ != &asking && !exchange_->waiting());
  }
  /// Bytes that it holds in either direction.
  [[nodiscard]] std::size_t held_bytes() const {
    return output_.size() + input_.size() + (exchange_ ? exchange_->held_bytes() : 0);
  }

 private:
  // http2::Session::Stream
  void on_body(std::string_view bytes) override;
  void on_body_end() override;
  [[nodiscard]] std::string_view ready() const override { return output_.view(); }
  [[nodiscard]] bool ended() const override {
    return response_ == Response::complete || response_ == Response::tunnel_ended;
  }
  [[nodiscard]] bool outlives_response() const override {
    return response_ == Response::tunnel_ended;
  }
  void take(std::size_t count) override;
  void on_closed(http2::ErrorCode code) override;

  // Transport
  void send_response(const http::ResponseHead& head, std::string_view body, bool end) override;
  void send_head(const http::ResponseHead& head, std::uint64_t length) override;
  void send_body(std::string_view bytes, bool end) override;
  [[nodiscard]] std::size_t unsent() const override { return output_.size(); }
  void send_early_hints(std::string_view fields) override;
  void switch_protocols(std::string_view fields) override;
  void end_tunnel() override;
  void want_body() override;
  void cut() override;

  [[nodiscard]] const net::Peer& client() const;
  /// Passes what has been received to the exchange, as far as it has room.
  void pump_input();
  /// Frees what no exchange will take.
  void discard_input();
  void begin_response(const http::ResponseHead& head, std::optional<std::uint64_t> whole_length);
  void append_body(std::string_view bytes);
  void end_response();
  void cut_with(http2::ErrorCode code);
  /// Responds itself, in place of the exchange.
  void refuse(std::uint16_t status, std::string_view reason);
  [[nodiscard]] bool is_tunnel() const {
    return response_ == Response::tunnel || response_ == Response::tunnel_ended;
  }
  /// Resets a tunnel through which nothing has passed for too long.
  void sweep_tunnel();
  [[nodiscard]] bool sends_fast_enough();
  [[nodiscard]] bool reads_fast_enough();

  enum class Response : std::uint8_t {
    none,
    begun,
    /// The response to an extended CONNECT has begun: both bodies are the bytes of a tunnel.
    tunnel,
    /// The bytes for the client have ended, and its own have not.
    tunnel_ended,
    complete,
    /// Reset: nothing more is sent.
    cut,
  };

  Http2Connection& connection_;
  http2::StreamId id_;
  /// Null where the client has presented none.
  std::unique_ptr<ClientCertificate> certificate_;
  /// Null where no proxy is trusted.
  std::unique_ptr<ForwardedClient> forwarded_;
  ForwardedClient::Verdict verdict_;
  const http::RequestHead& head_;
  std::optional<Exchange> exchange_;
  RequestTally tally_;
  Response response_ = Response::none;
  http::WrittenHead written_;
  /// Bytes of the response that are not framed yet.
  net::UnsentBytes output_;
  /// Bytes of the request's body that the exchange has not taken yet.
  net::UnsentBytes input_;
  bool input_ended_ = false;
  /// The exchange has the request's end, or there is none.
  bool request_complete_;
  /// The client waits for 100 Continue before it sends the body.
  bool owes_continue_;
  bool pumping_ = false;
  std::uint64_t framed_ = 0;
  /// Of a tunnel: how many bytes had passed when last looked at, and since when.
  struct Passed {
    std::uint64_t bytes = 0;
    std::uint32_t since = 0;
  } passed_;
  RateMeter body_meter_;
  RateMeter write_meter_;
};

}  // namespace millrace::gateway
