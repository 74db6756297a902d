// What a session does when libnghttp2 calls it.
#include <algorithm>
#include <memory>
#include <new>
#include <string>
#include <utility>

#include "http/response_writer.hpp"
#include "http2/session_impl.hpp"

namespace millrace::http2 {

namespace {

/// A response's bytes below this are small: a client that allows no more of a long response makes
/// the server work for little.
constexpr std::size_t kSmallPiece = 1024;

/// Streams that the server has reset and on which late frames of the client are ignored.
constexpr std::size_t kResetStreams = 256;

struct CallbacksDeleter {
  void operator()(nghttp2_session_callbacks* callbacks) const {
    nghttp2_session_callbacks_del(callbacks);
  }
};
struct OptionDeleter {
  void operator()(nghttp2_option* option) const { nghttp2_option_del(option); }
};

std::unique_ptr<nghttp2_option, OptionDeleter> make_option(const SessionOptions& options) {
  nghttp2_option* made = nullptr;
  if (nghttp2_option_new(&made) != 0) throw std::bad_alloc();
  std::unique_ptr<nghttp2_option, OptionDeleter> option(made);
  nghttp2_option_set_no_auto_window_update(made, 1);
  nghttp2_option_set_builtin_recv_extension_type(made, NGHTTP2_PRIORITY_UPDATE);
  // FrameMeter counts both, and rejects before these do.
  nghttp2_option_set_max_continuations(made, options.frames.continuations);
  nghttp2_option_set_stream_reset_rate_limit(made, 2ULL * options.frames.resets.burst,
                                             2ULL * options.frames.resets.per_second);
  return option;
}

std::string_view text(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

bool is_request(const nghttp2_frame& frame) {
  return frame.hd.type == NGHTTP2_HEADERS && frame.headers.cat == NGHTTP2_HCAT_REQUEST;
}

}  // namespace

Session::Impl::Impl(Observer& who, const SessionOptions& how)
    : observer(who), options(how), meter(how.frames) {
  nghttp2_session_callbacks* made = nullptr;
  if (nghttp2_session_callbacks_new(&made) != 0) throw std::bad_alloc();
  const std::unique_ptr<nghttp2_session_callbacks, CallbacksDeleter> callbacks(made);
  nghttp2_session_callbacks_set_on_begin_headers_callback(made, &on_begin_headers);
  nghttp2_session_callbacks_set_on_header_callback(made, &on_header);
  nghttp2_session_callbacks_set_on_invalid_header_callback(made, &on_invalid_header);
  nghttp2_session_callbacks_set_on_frame_recv_callback(made, &on_frame);
  nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(made, &on_invalid_frame);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(made, &on_data);
  nghttp2_session_callbacks_set_on_stream_close_callback(made, &on_stream_close);
  nghttp2_session_callbacks_set_on_frame_send_callback(made, &on_frame_sent);
  nghttp2_session_callbacks_set_send_data_callback(made, &send_data);
  const auto option = make_option(options);
  if (nghttp2_session_server_new2(&session, made, this, option.get()) != 0) throw std::bad_alloc();
}

bool Session::Impl::is_on_closed(const FrameHeader& header) {
  if (header.type != NGHTTP2_HEADERS && header.type != NGHTTP2_DATA) return false;
  if (header.stream > last_stream || header.stream % 2 == 0) return false;
  return find(header.stream) == nullptr && std::find(reset_streams.begin(), reset_streams.end(),
                                                     header.stream) == reset_streams.end();
}

ErrorCode Session::Impl::error_of(const FrameHeader& header) {
  // nghttp2 remembers no closed streams, and would ignore the frame.
  if (is_on_closed(header)) return ErrorCode::stream_closed;
  // Where priorities are off, nghttp2 ignores all PRIORITY frames.
  const bool of_none = header.type == NGHTTP2_PRIORITY && header.stream == 0;
  return of_none ? ErrorCode::protocol_error : ErrorCode::no_error;
}

int Session::Impl::on_begin_headers(nghttp2_session* /*session*/, const nghttp2_frame* frame,
                                    void* user) {
  Impl& s = *static_cast<Impl*>(user);
  if (!is_request(*frame)) return 0;
  s.last_stream = frame->hd.stream_id;
  return s.guarded([&] {
    s.entries.emplace(frame->hd.stream_id,
                      std::make_unique<SessionEntry>(s.options.drop, s.options.head_size));
  });
}

void Session::Impl::take_field(const nghttp2_frame& frame, std::string_view name,
                               std::string_view value) {
  SessionEntry* const entry = find(frame.hd.stream_id);
  if (entry == nullptr) return;
  if (is_request(frame)) {
    entry->assembler.add(name, value);
    // Within a small block, references to one long field can stand for any number of bytes.
    if (entry->assembler.size() > 4 * options.head_size) reject(Flood::header_block);
  } else {
    // Trailer fields are discarded, as in HTTP/1.1.
    entry->trailers += name.size() + value.size();
    if (entry->trailers > options.head_size) reject(Flood::header_block);
  }
}

int Session::Impl::on_header(nghttp2_session* /*session*/, const nghttp2_frame* frame,
                             const std::uint8_t* name, std::size_t name_size,
                             const std::uint8_t* value, std::size_t value_size,
                             std::uint8_t /*flags*/, void* user) {
  Impl& s = *static_cast<Impl*>(user);
  const int result =
      s.guarded([&] { s.take_field(*frame, text(name, name_size), text(value, value_size)); });
  if (result != 0) return result;
  return s.flood == Flood::none ? 0 : NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

int Session::Impl::on_invalid_header(nghttp2_session* /*session*/, const nghttp2_frame* /*frame*/,
                                     const std::uint8_t* /*name*/, std::size_t /*name_size*/,
                                     const std::uint8_t* /*value*/, std::size_t /*value_size*/,
                                     std::uint8_t /*flags*/, void* /*user*/) {
  // The stream is reset; without this, the field would be left out.
  return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

void Session::Impl::complete_head(StreamId id, bool has_body) {
  SessionEntry* const entry = find(id);
  if (entry == nullptr || entry->stream != nullptr) return;
  using Verdict = RequestAssembler::Verdict;
  const Verdict verdict = entry->assembler.finish(has_body);
  if (verdict == Verdict::valid) {
    entry->stream = observer.on_request(id, entry->assembler.head());
    observer.on_request_ready(*entry->stream);
  } else if (verdict == Verdict::refused) {
    refuse(id, *entry);
  } else {
    observer.on_malformed();
    nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, id, NGHTTP2_PROTOCOL_ERROR);
  }
}

void Session::Impl::refuse(StreamId id, SessionEntry& entry) {
  const http::ParseFailure& failure = entry.assembler.failure();
  const bool is_head = entry.assembler.is_head();
  std::string body(failure.reason);
  body += '\n';
  std::string head;
  http::write_response_head(head,
                            {.status = failure.status,
                             .reason = {},
                             .fields = "Content-Type: text/plain; charset=utf-8\r\n"},
                            {.version = 11, .head_request = is_head, .keep_alive = false},
                            body.size(), observer.date(), 0);
  observer.on_refused(failure, is_head ? 0 : body.size());
  entry.refused = std::make_unique<RefusedStream>(std::move(body));
  entry.stream = entry.refused.get();
  submit_head(id, head, !is_head);
}

void Session::Impl::take_frame(const nghttp2_frame& frame) {
  const StreamId id = frame.hd.stream_id;
  const bool ends = (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  if (frame.hd.type == NGHTTP2_DATA && !ends && frame.hd.length > 0 &&
      frame.hd.length <= frame.data.padlen) {
    if (const Flood found = meter.check_empty(now); found != Flood::none) reject(found);
  }
  if (is_request(frame)) {
    complete_head(id, !ends);
  } else if (ends && (frame.hd.type == NGHTTP2_DATA || frame.hd.type == NGHTTP2_HEADERS)) {
    SessionEntry* const entry = find(id);
    if (entry != nullptr && entry->stream != nullptr) entry->stream->on_body_end();
  }
}

int Session::Impl::on_frame(nghttp2_session* /*session*/, const nghttp2_frame* frame, void* user) {
  Impl& s = *static_cast<Impl*>(user);
  return s.guarded([&] { s.take_frame(*frame); });
}

int Session::Impl::on_invalid_frame(nghttp2_session* /*session*/, const nghttp2_frame* /*frame*/,
                                    int /*error*/, void* user) {
  static_cast<Impl*>(user)->observer.on_malformed();
  return 0;
}

int Session::Impl::on_data(nghttp2_session* session, std::uint8_t /*flags*/, std::int32_t id,
                           const std::uint8_t* bytes, std::size_t size, void* user) {
  Impl& s = *static_cast<Impl*>(user);
  SessionEntry* const entry = s.find(id);
  if (entry == nullptr || entry->stream == nullptr || entry->refused) {
    return nghttp2_session_consume(session, id, size);
  }
  entry->unconsumed += size;
  return s.guarded([&] { entry->stream->on_body(text(bytes, size)); });
}

void Session::Impl::close_stream(StreamId id, std::uint32_t code) {
  const auto found = entries.find(id);
  if (found == entries.end()) return;
  // The stream's call uses the head, but finds the entry no more.
  const std::unique_ptr<SessionEntry> entry = std::move(found->second);
  entries.erase(found);
  // What no one will read must not narrow the connection's window for ever.
  nghttp2_session_consume_connection(session, entry->unconsumed);
  if (entry->stream != nullptr) entry->stream->on_closed(static_cast<ErrorCode>(code));
}

int Session::Impl::on_stream_close(nghttp2_session* /*session*/, std::int32_t id,
                                   std::uint32_t code, void* user) {
  Impl& s = *static_cast<Impl*>(user);
  return s.guarded([&] { s.close_stream(id, code); });
}

void Session::Impl::end_unread_request(StreamId id) {
  if (nghttp2_session_get_stream_remote_close(session, id) != 0) return;
  const SessionEntry* const entry = find(id);
  if (entry != nullptr && entry->stream != nullptr && entry->stream->outlives_response()) return;
  nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, id, NGHTTP2_NO_ERROR);
}

void Session::Impl::take_sent(const nghttp2_frame& frame) {
  if (frame.hd.type == NGHTTP2_RST_STREAM) {
    reset_streams.push_back(frame.hd.stream_id);
    if (reset_streams.size() > kResetStreams) reset_streams.pop_front();
    const auto code = static_cast<ErrorCode>(frame.rst_stream.error_code);
    // The server's own doing.
    if (code == ErrorCode::no_error || code == ErrorCode::internal_error ||
        code == ErrorCode::cancel) {
      return;
    }
    if (const Flood found = meter.check_reset(now); found != Flood::none) reject(found);
    return;
  }
  const bool carries = frame.hd.type == NGHTTP2_HEADERS || frame.hd.type == NGHTTP2_DATA;
  if (carries && (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
    end_unread_request(frame.hd.stream_id);
  }
}

int Session::Impl::on_frame_sent(nghttp2_session* /*session*/, const nghttp2_frame* frame,
                                 void* user) {
  Impl& s = *static_cast<Impl*>(user);
  return s.guarded([&] { s.take_sent(*frame); });
}

ssize_t Session::Impl::read_data(nghttp2_session* /*session*/, std::int32_t id,
                                 std::uint8_t* /*to*/, std::size_t most, std::uint32_t* flags,
                                 nghttp2_data_source* /*source*/, void* user) {
  Impl& s = *static_cast<Impl*>(user);
  const SessionEntry* const entry = s.find(id);
  if (entry == nullptr || entry->stream == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  const std::size_t ready = entry->stream->ready().size();
  const bool ended = entry->stream->ended();
  if (ready == 0 && !ended) return NGHTTP2_ERR_DEFERRED;
  const std::size_t taken = std::min(ready, most);
  if (taken == ready || taken >= kSmallPiece) s.meter.grant_updates(taken);
  *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
  if (ended && taken == ready) *flags |= NGHTTP2_DATA_FLAG_EOF;
  return static_cast<ssize_t>(taken);
}

int Session::Impl::send_data(nghttp2_session* /*session*/, nghttp2_frame* frame,
                             const std::uint8_t* header, std::size_t size,
                             nghttp2_data_source* /*source*/, void* user) {
  constexpr std::size_t kFrameHeader = 9;
  Impl& s = *static_cast<Impl*>(user);
  if (s.output->size() >= s.most) return NGHTTP2_ERR_WOULDBLOCK;
  const SessionEntry* const entry = s.find(frame->hd.stream_id);
  if (entry == nullptr || entry->stream == nullptr || entry->stream->ready().size() < size) {
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  }
  return s.guarded([&] {
    s.output->append(text(header, kFrameHeader));
    s.output->append(entry->stream->ready().substr(0, size));
    entry->stream->take(size);
  });
}

}  // namespace millrace::http2
