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

#include "base/unique_fd.hpp"
#include "gateway/client_table.hpp"
#include "gateway/exchange.hpp"
#include "gateway/rate_meter.hpp"
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
class Connection final : private net::Stream::Observer, private Transport {
 public:
  /// Takes a connected socket. `lease` is returned when the socket is closed.
  Connection(Server& server, base::UniqueFd socket, net::Peer peer, ClientTable::Lease lease);
  ~Connection() override;

  /// Starts to read. Call once.
  void start();

  /// Enforces the timeouts. Called once a second.
  void sweep();

  /// Ends after the current exchange; where there is none and the linger time is over, at once.
  void end_when_idle();

  /// Resets the connection, whatever its state.
  void cut() override;

  /// Returns its turn among idle connections (Server::on_idle), or nothing while it is not idle.
  [[nodiscard]] std::optional<std::uint64_t> idle_turn() const;

  /// Whether a request has arrived whose response is incomplete.
  [[nodiscard]] bool has_request() const { return exchange_ && !response_complete(); }

  /// Closes an idle connection and its descriptor at once.
  void evict();

  [[nodiscard]] const net::Peer& peer() const { return peer_; }

  /// Bytes kept because the client does not take or complete them, and the Server::now() of its
  /// last progress with these.
  [[nodiscard]] std::size_t held_bytes() const;
  [[nodiscard]] std::uint32_t stalled_since() const;

  /// Whether the connection may be cut to free memory for `asking`, which is on the stack: not for
  /// its own connection, and not while another exchange waits and is about to be notified.
  [[nodiscard]] bool may_be_cut_for(const Exchange& asking) const {
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
  void switch_protocols(std::string_view fields) override;
  void end_tunnel() override;

  /// With less room the body waits, so that a chunk's head always fits into the parsed input.
  static constexpr std::size_t kLeastRoom = 16 * 1024;

  /// Feeds the parser one step; returns false where the connection must wait.
  bool take_step(std::string_view input, std::size_t& consumed);
  void begin_exchange();
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
  /// Counts the current request in metrics, and ends its trace, once. `status`: 0 without a complete
  /// response.
  void count_request(std::uint16_t status);
  /// Passes the current request's record to the server's observers, once.
  void record(observe::RequestOutcome outcome);
  /// The same for a request whose head was refused.
  void record_refused(std::uint16_t status, std::size_t sent);
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
  /// Logs, once, that a request has waited long for its response.
  void note_silence();
  void finish();
  void close();

  Server& server_;
  net::Peer peer_;
  std::shared_ptr<net::Stream> stream_;
  http::RequestParser parser_;
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
    /// Whether it is in the metrics.
    bool counted = false;
    http::WrittenHead written = {};
    /// For the record of the request: the response's status, whether the record was made, when the
    /// head was parsed, and whether a silence was logged.
    std::uint16_t status = 0;
    bool recorded = false;
    bool silence_logged = false;
    net::Clock::time_point began = {};
    std::uint64_t body_sent = 0;
    std::uint64_t body_received = 0;
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
  /// The client has closed its sending side (RFC 9112 §9.6).
  bool input_ended_ = false;
  Times times_;
  std::uint64_t turn_ = 0;
  std::uint64_t delivered_ = 0;
  RateMeter write_meter_;
  RateMeter body_meter_;
};

}  // namespace millrace::gateway
