// The state of a Session, and the callbacks of libnghttp2 that work on it. For the sources of
// Session only.
#pragma once

#include <nghttp2/nghttp2.h>

#include <cstdint>
#include <deque>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "http2/request_assembler.hpp"
#include "http2/response_fields.hpp"
#include "http2/session.hpp"

namespace millrace::http2 {

/// The response of the session itself to a request that it refuses.
class RefusedStream final : public Session::Stream {
 public:
  explicit RefusedStream(std::string body) : body_(std::move(body)) {}

 private:
  void on_body(std::string_view /*bytes*/) override {}
  void on_body_end() override {}
  [[nodiscard]] std::string_view ready() const override {
    return std::string_view(body_).substr(taken_);
  }
  [[nodiscard]] bool ended() const override { return true; }
  void take(std::size_t count) override { taken_ += count; }
  void on_closed(ErrorCode /*code*/) override {}

  std::string body_;
  std::size_t taken_ = 0;
};

struct SessionEntry {
  SessionEntry(http::RequestParser::DropField drop, std::size_t max_head)
      : assembler(drop, max_head) {}

  RequestAssembler assembler;
  /// Null until the request's fields are complete.
  Session::Stream* stream = nullptr;
  std::unique_ptr<RefusedStream> refused;
  /// Body bytes that on_body() has passed on and consume() has not returned.
  std::size_t unconsumed = 0;
  /// The bytes of trailer fields.
  std::size_t trailers = 0;
};

struct Session::Impl {
  Impl(Observer& who, const SessionOptions& how);
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl();

  [[nodiscard]] SessionEntry* find(StreamId id);
  void reject(Flood why);
  /// Passes bytes of one frame to libnghttp2.
  void parse(std::string_view bytes);
  void complete_head(StreamId id, bool has_body);
  /// Whether the client sends on a stream that it has closed itself.
  [[nodiscard]] bool is_on_closed(const FrameHeader& header);
  /// Returns the connection error that a frame's header alone is; no_error for none.
  [[nodiscard]] ErrorCode error_of(const FrameHeader& header);
  void take_field(const nghttp2_frame& frame, std::string_view name, std::string_view value);
  void take_frame(const nghttp2_frame& frame);
  void close_stream(StreamId id, std::uint32_t code);
  void take_sent(const nghttp2_frame& frame);
  void refuse(StreamId id, SessionEntry& entry);
  void submit_head(StreamId id, std::string_view head, bool has_body);
  /// Calls `work`; an exception must not pass through libnghttp2's C.
  template <typename Work>
  int guarded(const Work& work) noexcept {
    try {
      work();
      return 0;
    } catch (...) {
      thrown = std::current_exception();
      return NGHTTP2_ERR_CALLBACK_FAILURE;
    }
  }
  /// Throws what a callback threw, or std::bad_alloc; the session is over then.
  void check(ssize_t result);
  /// Resets the rest of a request whose response is complete (RFC 9113 §8.1).
  void end_unread_request(StreamId id);

  // The callbacks, by nghttp2's names.
  static int on_begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user);
  static int on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                       std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                       std::uint8_t flags, void* user);
  static int on_invalid_header(nghttp2_session*, const nghttp2_frame* frame,
                               const std::uint8_t* name, std::size_t name_size,
                               const std::uint8_t* value, std::size_t value_size,
                               std::uint8_t flags, void* user);
  static int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user);
  static int on_invalid_frame(nghttp2_session*, const nghttp2_frame* frame, int error, void* user);
  static int on_data(nghttp2_session*, std::uint8_t flags, std::int32_t id,
                     const std::uint8_t* bytes, std::size_t size, void* user);
  static int on_stream_close(nghttp2_session*, std::int32_t id, std::uint32_t code, void* user);
  static int on_frame_sent(nghttp2_session*, const nghttp2_frame* frame, void* user);
  static ssize_t read_data(nghttp2_session*, std::int32_t id, std::uint8_t* to, std::size_t most,
                           std::uint32_t* flags, nghttp2_data_source* source, void* user);
  static int send_data(nghttp2_session*, nghttp2_frame* frame, const std::uint8_t* header,
                       std::size_t size, nghttp2_data_source* source, void* user);

  Observer& observer;
  SessionOptions options;
  FrameMeter meter;
  nghttp2_session* session = nullptr;
  std::unordered_map<StreamId, std::unique_ptr<SessionEntry>> entries;
  ResponseFields fields;
  std::vector<nghttp2_nv> pairs;
  /// The highest stream that the client has opened.
  StreamId last_stream = 0;
  /// Streams that the server has reset last: what was on its way on them is no fault.
  std::deque<StreamId> reset_streams;
  std::uint32_t now = 0;
  Flood flood = Flood::none;
  /// libnghttp2 cannot go on.
  bool broken = false;
  bool terminated = false;
  bool warned = false;
  /// What a callback threw: it is thrown on once libnghttp2 has returned.
  std::exception_ptr thrown;
  /// Set during send().
  std::string* output = nullptr;
  std::size_t most = 0;
};

}  // namespace millrace::http2
