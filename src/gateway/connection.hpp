// Connection is one client's HTTP/1.1 connection (RFC 9112). It serves requests one after another,
// each as an Exchange whose transport it is, and leaves pipelined requests unread until their turn.
// It enforces the server's limits on the client and the declared framing on the response.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "gateway/client_certificate.hpp"
#include "gateway/client_connection.hpp"
#include "gateway/exchange.hpp"
#include "gateway/forwarded_client.hpp"
#include "gateway/rate_meter.hpp"
#include "gateway/request_tally.hpp"
#include "gateway/transport.hpp"
#include "http/request_parser.hpp"
#include "http/response_writer.hpp"
#include "net/listener.hpp"
#include "net/stream.hpp"
#include "net/timer.hpp"
#include "observe/request_record.hpp"

namespace millrace::gateway {

class Server;

/// Owned by its server, which destroys it at the end of the turn in which it is closed. Belongs to
/// the loop's thread.
class Connection final : public ClientConnection, private net::Stream::Observer, private Transport {
 public:
  /// Takes an established stream, with Server::stream_options(), that is not read yet or whose
  /// observer passes it on.
  Connection(Server& server, std::shared_ptr<net::Stream> stream, net::Peer peer);
  ~Connection() override;

  // ClientConnection
  void start() override;
  void sweep() override;
  void end_when_idle() override;
  void cut() override;
  [[nodiscard]] std::optional<std::uint64_t> idle_turn() const override;
  [[nodiscard]] std::size_t requests() const override {
    return exchange_ && !response_complete() ? 1 : 0;
  }
  void evict() override;
  [[nodiscard]] const net::Peer& peer() const override { return peer_; }
  [[nodiscard]] std::size_t held_bytes() const override;
  [[nodiscard]] std::uint32_t stalled_since() const override;
  [[nodiscard]] bool may_be_cut_for(const Exchange& asking) const override {
    return !exchange_ || (&*exchange_ != &asking && !exchange_->waiting());
  }

 private:
  // net::Stream::Observer
  std::size_t on_bytes(std::string_view input) override;
  bool on_end() override;
  void on_closed() override;
  void on_drained() override;

  // Transport
  void send_response(const http::ResponseHead& head, std::string_view body, bool end) override;
  void send_head(const http::ResponseHead& head, std::uint64_t length) override;
  void send_body(std::string_view bytes, bool end) override;
  [[nodiscard]] std::size_t unsent() const override { return stream_->unsent(); }
  void want_body() override;
  void send_early_hints(std::string_view fields) override;
  void switch_protocols(std::string_view fields) override;
  void end_tunnel() override;

  /// With less room the body waits, so that a chunk's head always fits into the parsed input.
  static constexpr std::size_t kLeastRoom = 16 * 1024;

  /// Whether `input`, the connection's first, is the preface of HTTP/2 or the beginning of it.
  [[nodiscard]] bool may_be_http2(std::string_view input) const;
  /// Feeds the parser one step; returns false where the connection must wait.
  bool take_step(std::string_view input, std::size_t& consumed);
  void begin_exchange();
  /// The current request's client.
  [[nodiscard]] const net::Peer& client() const { return forwarded_ ? forwarded_->peer() : peer_; }
  void take_body(std::string_view bytes, bool end);
  // The tunnel after a 101 response.
  bool take_tunnelled(std::string_view input, std::size_t& consumed);
  void end_tunnelled_input();
  void sweep_tunnel();
  void refuse(std::uint16_t status, std::string_view reason);
  void begin_response(const http::ResponseHead& head, std::optional<std::uint64_t> whole_length,
                      std::string& output);
  void append_body(std::string_view bytes, std::string& output);
  void end_response(std::string& output);
  void complete_response();
  void next_request();
  /// Reports the current request, once.
  void record(observe::RequestOutcome outcome);
  /// Records the current exchange, if there is one, and destroys it.
  void end_exchange(observe::RequestOutcome outcome);
  void write(std::string_view bytes);
  /// Whether the next request waits until the client takes earlier responses.
  [[nodiscard]] bool has_backlog() const;
  /// The client has sent all its bytes, and they end within a request.
  void take_end_of_input();
  [[nodiscard]] bool reads_fast_enough();
  [[nodiscard]] bool sends_fast_enough();
  [[nodiscard]] bool client_is_gone() const;
  void finish();
  void close();

  Server& server_;
  net::Peer peer_;
  std::shared_ptr<net::Stream> stream_;
  http::RequestParser parser_;
  /// Null where the client has presented none.
  std::unique_ptr<ClientCertificate> certificate_;
  /// Of the current request; null where no proxy is trusted.
  std::unique_ptr<ForwardedClient> forwarded_;
  std::optional<Exchange> exchange_;

  /// The state of the current request and its response.
  struct Current {
    enum class Request : std::uint8_t { arriving, complete };
    enum class Response : std::uint8_t { none, begun, complete };

    Request request = Request::arriving;
    Response response = Response::none;
    /// The client waits for 100 Continue before it sends the body.
    bool owes_continue = false;
    /// The protocol was switched: input is no longer parsed, and output is not framed.
    bool tunnelled = false;
    http::WrittenHead written = {};
    RequestTally tally = {};
    /// Body bytes received after the end of the response.
    std::uint64_t body_discarded = 0;
  };

  enum class Life : std::uint8_t {
    open,
    /// No more input is read; the connection closes when the client has taken the unsent bytes.
    ending,
    closed,
  };

  /// The Server::now() of the last events.
  struct Times {
    /// Bytes were received.
    std::uint32_t read = 0;
    /// The current request head began.
    std::uint32_t head_began = 0;
    /// The client took bytes, or there were none to take.
    std::uint32_t write_progress = 0;
    /// Bytes were written.
    std::uint32_t written = 0;
  };

  [[nodiscard]] bool request_complete() const {
    return current_.request == Current::Request::complete;
  }
  [[nodiscard]] bool response_begun() const { return current_.response != Current::Response::none; }
  [[nodiscard]] bool response_complete() const {
    return current_.response == Current::Response::complete;
  }

  Life life_ = Life::open;
  /// The state of the current exchange.
  Current current_;
  /// The exchange has no room for the body: bytes wait in the stream's buffer.
  bool waiting_for_room_ = false;
  /// Whether on_bytes is on the stack, which reads on by itself.
  bool in_on_bytes_ = false;
  bool has_buffered_input_ = false;
  /// Whether nothing has been parsed yet.
  bool first_ = true;
  /// The client has closed its sending side (RFC 9112 §9.6).
  bool input_ended_ = false;
  Times times_;
  std::uint64_t turn_ = 0;
  std::uint64_t delivered_ = 0;
  RateMeter write_meter_;
  RateMeter body_meter_;
};

}  // namespace millrace::gateway
