// Connection is one client's HTTP/1.1 connection (RFC 9112): requests one after another, pipelined
// ones left unread until their turn, each as an Exchange whose transport this is. It holds the
// client to the server's limits and itself to what the response's head declared.
#pragma once

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

namespace millrace::gateway {

class Server;

/// Owned by its server, which it asks to retire it when it is closed. Belongs to the loop's thread.
class Connection final : private net::Stream::Observer, private Transport {
 public:
  /// Takes a connected socket. `lease` goes back when the socket is closed.
  Connection(Server& server, base::UniqueFd socket, net::Peer peer, ClientTable::Lease lease);
  ~Connection() override;

  /// Begins to read. Once.
  void start();

  /// Looks for what has stood still too long. Once a second.
  void sweep();

  /// Ends after the exchange at hand, or now.
  void end_when_idle();

  /// Breaks off, whatever is under way.
  void cut() override;

  /// Its turn among idle connections (Server::on_idle); nothing while it has a request to do with.
  [[nodiscard]] std::optional<std::uint64_t> idle_turn() const;

  /// Closes an idle one at once, its descriptor with it.
  void evict();

  [[nodiscard]] const net::Peer& peer() const { return peer_; }

  /// Bytes kept because its client does not take or complete them, and Server::now() when it last
  /// made progress with these.
  [[nodiscard]] std::size_t held_bytes() const;
  [[nodiscard]] std::uint32_t stalled_since() const;

  /// Whether it may be cut to make room for `asking`, which is on the stack: not its own connection, nor
  /// one whose exchange is about to be told of something.
  [[nodiscard]] bool may_go_for(const Exchange& asking) const {
    return !exchange_ || (&*exchange_ != &asking && !exchange_->waits());
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

  /// Feeds the parser one step; false where it must wait.
  bool take_step(std::string_view input, std::size_t& consumed);
  void begin_exchange();
  void take_body(std::string_view bytes, bool end);
  void refuse(std::uint16_t status, std::string_view reason);
  void begin_response(const http::ResponseHead& head, std::optional<std::uint64_t> whole_length,
                      std::string& output);
  void append_body(std::string_view bytes, std::string& output);
  void end_response(std::string& output);
  void complete_response();
  void next_request();
  void write(std::string_view bytes);
  /// Whether the next request waits for the client to take responses.
  [[nodiscard]] bool owes_too_much() const;
  /// Nothing more comes, and what has come is no whole request.
  void take_end_of_input();
  [[nodiscard]] bool reads_fast_enough();
  [[nodiscard]] bool sends_fast_enough();
  [[nodiscard]] bool has_left() const;
  void finish();
  void close();

  Server& server_;
  net::Peer peer_;
  std::shared_ptr<net::Stream> stream_;
  http::RequestParser parser_;
  std::optional<Exchange> exchange_;

  /// What has come of a request, and what has left of its response.
  struct Current {
    enum class Request : std::uint8_t { arriving, complete };
    enum class Response : std::uint8_t { none, begun, complete };

    Request request = Request::arriving;
    Response response = Response::none;
    /// The client waits for 100 Continue before it sends the body.
    bool owes_continue = false;
    http::WrittenHead written = {};
    std::uint64_t body_sent = 0;
    std::uint64_t body_received = 0;
    /// Of what was received, behind the end of the response.
    std::uint64_t body_discarded = 0;
  };

  enum class Life : std::uint8_t {
    open,
    /// Nothing more is read: it ends when the client has taken what is unsent.
    ending,
    closed,
  };

  /// Server::now() when something last happened.
  struct Times {
    /// Bytes came.
    std::uint32_t read = 0;
    /// The head at hand began.
    std::uint32_t head_began = 0;
    /// The client took bytes, or had none to take.
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
  /// Of the exchange.
  Current current_;
  /// The exchange has no room for body: bytes wait in the stream's buffer.
  bool waiting_for_room_ = false;
  /// Whether on_bytes is on the stack: it looks at the buffer again by itself.
  bool in_on_bytes_ = false;
  bool has_buffered_input_ = false;
  /// The client has ended its sending side (RFC 9112 §9.6).
  bool input_ended_ = false;
  Times times_;
  std::uint64_t turn_ = 0;
  std::uint64_t delivered_ = 0;
  RateMeter write_meter_;
  RateMeter body_meter_;
};

}  // namespace millrace::gateway
