// Http2Connection is one client's HTTP/2 connection (RFC 9113). Its streams are requests, each an
// Exchange of its own, whose responses share the socket by their priorities. It enforces the
// server's limits on the client: times, rates, and what floods of frames cost.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gateway/client_certificate.hpp"
#include "gateway/client_connection.hpp"
#include "gateway/http2_stream.hpp"
#include "gateway/rate_meter.hpp"
#include "http2/session.hpp"
#include "net/event_loop.hpp"
#include "net/listener.hpp"
#include "net/stream.hpp"

namespace millrace::gateway {

class Server;

/// Owned by its server, which destroys it at the end of the turn in which it is closed. Belongs to
/// the loop's thread. What it writes in one turn of the loop is sent in one write.
class Http2Connection final : public ClientConnection,
                              private net::Stream::Observer,
                              private net::TurnTask,
                              private http2::Session::Observer {
 public:
  /// Takes an established stream, with Server::stream_options().
  Http2Connection(Server& server, std::shared_ptr<net::Stream> stream, net::Peer peer);
  ~Http2Connection() override;

  /// In place of start(), for a stream that is being read: takes what has been received and returns
  /// how much of it was consumed.
  std::size_t take_first(std::string_view input) { return on_bytes(input); }

  // ClientConnection
  void start() override { stream_->start(); }
  void sweep() override;
  void end_when_idle() override;
  void cut() override;
  [[nodiscard]] std::optional<std::uint64_t> idle_turn() const override;
  [[nodiscard]] std::size_t requests() const override;
  void evict() override;
  [[nodiscard]] const net::Peer& peer() const override { return peer_; }
  [[nodiscard]] std::size_t held_bytes() const override;
  [[nodiscard]] std::uint32_t stalled_since() const override;
  [[nodiscard]] bool may_be_cut_for(const Exchange& asking) const override;

  // The functions below are for the connection's streams.

  [[nodiscard]] Server& server() { return server_; }
  /// Whether it is over TLS.
  [[nodiscard]] bool is_secure() const { return stream_->secure(); }
  [[nodiscard]] http2::Session& session() { return session_; }
  /// That of the client; null where it has presented none.
  [[nodiscard]] const ClientCertificate* certificate() const { return certificate_.get(); }
  /// Sends what the session has at the end of the turn.
  void flush_later();
  /// Bytes of a response were queued.
  void on_queued(std::size_t bytes);
  /// Bytes of a response were framed. `left`: those that are still queued in `id`.
  void on_framed(http2::StreamId id, std::size_t bytes, std::size_t left);
  /// The queued bytes of a stream were dropped.
  void on_dropped(std::size_t bytes) { queued_ -= bytes; }
  /// Bytes of requests that wait for their exchanges.
  [[nodiscard]] std::size_t& waiting_input() { return waiting_input_; }
  /// Whether the client's bodies may fill the connection's window.
  [[nodiscard]] bool has_input_window() const;
  /// Destroys the stream.
  void remove(http2::StreamId id);

 private:
  // net::Stream::Observer
  std::size_t on_bytes(std::string_view input) override;
  void on_closed() override;
  void on_drained() override;

  // net::TurnTask
  void run_at_turn_end() override { flush(); }

  // http2::Session::Observer
  http2::Session::Stream* on_request(http2::StreamId id, const http::RequestHead& head) override;
  void on_request_ready(http2::Session::Stream& stream) override;
  void on_refused(const http::ParseFailure& failure, std::size_t body_size) override;
  [[nodiscard]] std::string_view date() const override;
  void on_malformed() override;

  void flush();
  void notify_sent();
  /// Ends the session with a GOAWAY, then the connection.
  void end(http2::ErrorCode code);
  void end_streams(observe::RequestOutcome outcome);
  void finish();
  void close();
  [[nodiscard]] bool reads_fast_enough();
  void sweep_idle();

  enum class Life : std::uint8_t {
    open,
    /// No more input is read; the connection closes when the client has taken the unsent bytes.
    ending,
    closed,
  };

  /// How the client is told that the server goes away (RFC 9113 §6.8).
  enum class GoAway : std::uint8_t {
    none,
    /// It is asked to send no more requests; those on their way are still served.
    announced,
    /// It knows the last request that is served.
    sent,
  };

  /// The Server::now() of the last events.
  struct Times {
    /// Bytes were received.
    std::uint32_t read = 0;
    /// The connection became idle.
    std::uint32_t idle = 0;
    /// Response bytes were framed or taken by the client, or there were none to take.
    std::uint32_t write_progress = 0;
    /// The server announced that it goes away.
    std::uint32_t announced = 0;
  };

  Server& server_;
  net::Peer peer_;
  std::shared_ptr<net::Stream> stream_;
  std::unique_ptr<ClientCertificate> certificate_;
  http2::Session session_;
  std::unordered_map<http2::StreamId, std::unique_ptr<Http2Stream>> streams_;
  /// Streams whose queued bytes have all been framed since notify_sent().
  std::vector<http2::StreamId> emptied_;
  Life life_ = Life::open;
  GoAway go_away_ = GoAway::none;
  Times times_;
  std::uint64_t turn_ = 0;
  /// Response bytes that wait in all streams, and those framed so far.
  std::size_t queued_ = 0;
  std::uint64_t framed_ = 0;
  std::size_t waiting_input_ = 0;
  std::uint64_t delivered_ = 0;
  RateMeter write_meter_;
  RateMeter window_meter_;
};

}  // namespace millrace::gateway
