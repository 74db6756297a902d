// Session is the server's side of one HTTP/2 connection (RFC 9113) without its socket: bytes of the
// client go in, requests come out; responses go in, bytes for the client come out. libnghttp2
// parses and writes the frames, keeps the windows, and orders the responses by their priorities
// (RFC 9218); the session adds what keeps a client from wasting the server's work.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "http/parse_failure.hpp"
#include "http/request_parser.hpp"
#include "http2/error_code.hpp"
#include "http2/frame_meter.hpp"

namespace millrace::http2 {

using StreamId = std::int32_t;

/// What a client sends first (RFC 9113 §3.4).
inline constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

struct SessionOptions {
  http::RequestParser::DropField drop = nullptr;
  /// Maximum of a request's field section in bytes; above it, the response is 431.
  std::size_t head_size = 16 * 1024;
  /// Requests at a time.
  std::uint32_t streams = 100;
  /// Body bytes that a client may send before they are consumed, on a stream and on all of them.
  std::uint32_t stream_window = 256 * 1024;
  std::uint32_t connection_window = 1024 * 1024;
  FrameLimits frames = {};
};

/// Used by one thread at a time. No member is called from inside receive() or send(), except where
/// a comment allows it.
class Session {
 public:
  /// A request and its response. Its calls come from inside receive() or send(), and may call
  /// respond(), inform(), resume(), consume() and reset().
  class Stream {
   public:
    Stream() = default;
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;
    virtual ~Stream() = default;

    /// A piece of the request's body; consume() gives the client room for as much again.
    virtual void on_body(std::string_view bytes) = 0;
    /// The request is complete. Not called for one without a body.
    virtual void on_body_end() = 0;
    /// The response's bytes that wait; valid until take().
    [[nodiscard]] virtual std::string_view ready() const = 0;
    /// Whether no bytes follow those of ready().
    [[nodiscard]] virtual bool ended() const = 0;
    /// Whether the request goes on after the end of the response, as in a tunnel; otherwise the
    /// client is told to send no more.
    [[nodiscard]] virtual bool outlives_response() const { return false; }
    /// The first `count` bytes of ready() are sent.
    virtual void take(std::size_t count) = 0;
    /// The stream is over: the last call. The request's head is valid until it returns.
    virtual void on_closed(ErrorCode code) = 0;
  };

  class Observer {
   public:
    Observer() = default;
    Observer(const Observer&) = delete;
    Observer& operator=(const Observer&) = delete;
    virtual ~Observer() = default;

    /// Returns the stream for a new request, owned by the observer until on_closed(). `head` is
    /// valid as long. May call what a stream may.
    virtual Stream* on_request(StreamId id, const http::RequestHead& head) = 0;

    /// The stream that on_request() has returned is known: it may begin.
    virtual void on_request_ready(Stream& stream) = 0;

    /// A request was refused; the session responds.
    virtual void on_refused(const http::ParseFailure& failure, std::size_t body_size) = 0;

    /// The value of the Date field of such a response.
    [[nodiscard]] virtual std::string_view date() const = 0;

    /// A request was malformed and its stream reset, or the connection broke a rule.
    virtual void on_malformed() = 0;
  };

  /// `observer` outlives the session.
  Session(Observer& observer, const SessionOptions& options);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  /// Streams that are open get no on_closed().
  ~Session();

  /// Takes all bytes. Where the connection cannot go on, send() yields a last GOAWAY and is_over()
  /// holds afterwards. `now` in seconds that never decrease.
  void receive(std::string_view input, std::uint32_t now);

  /// Appends bytes for the client until there are none or `output` has `most` bytes, give or take a
  /// frame.
  void send(std::string& output, std::size_t most);

  /// Whether send() has bytes now.
  [[nodiscard]] bool wants_to_send() const;

  /// Whether nothing is to be received or sent any more.
  [[nodiscard]] bool is_over() const;

  /// Why the client was rejected; `none` where it was not.
  [[nodiscard]] Flood flood() const;

  /// Sends the head of the response, as written by write_response_head(). With `has_body` the
  /// stream's bytes follow, else the response is complete.
  void respond(StreamId id, std::string_view head, bool has_body);

  /// Sends the head of an interim response: 100 or 103.
  void inform(StreamId id, std::string_view head);

  /// There are bytes where there were none, or the stream has ended.
  void resume(StreamId id);

  /// The stream has used `bytes` of what on_body() gave it.
  void consume(StreamId id, std::size_t bytes);

  /// Resets a stream.
  void reset(StreamId id, ErrorCode code);

  /// Tells the client to open no more streams: first a warning, so that no request on its way is
  /// lost, and with the second call for good.
  void go_away();

  /// Ends the session with a last GOAWAY.
  void terminate(ErrorCode code);

  /// Streams that are open, refused ones included.
  [[nodiscard]] std::size_t streams() const;

  /// Whether a request's fields are arriving, and since when.
  [[nodiscard]] bool in_header_block() const;
  [[nodiscard]] std::uint32_t block_began() const;

  /// Whether the client's windows keep the response of a stream, or of all streams, from being sent.
  [[nodiscard]] bool is_stream_blocked(StreamId id) const;
  [[nodiscard]] bool is_blocked() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::http2
