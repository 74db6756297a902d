#include "http2/session.hpp"

#include <algorithm>
#include <array>
#include <new>
#include <utility>

#include "http2/session_impl.hpp"

namespace millrace::http2 {

namespace {

/// nghttp2's functions fail for want of memory only, where their arguments are right.
void require(int result) {
  if (result == NGHTTP2_ERR_NOMEM) throw std::bad_alloc();
}

std::uint8_t* bytes_of(std::string_view text) {
  // nghttp2 copies the bytes and changes nothing.
  return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));
}

}  // namespace

Session::Impl::~Impl() { nghttp2_session_del(session); }

SessionEntry* Session::Impl::find(StreamId id) {
  const auto found = entries.find(id);
  return found == entries.end() ? nullptr : found->second.get();
}

void Session::Impl::check(ssize_t result) {
  if (result >= 0) return;
  broken = true;
  if (thrown) std::rethrow_exception(std::exchange(thrown, nullptr));
  if (result == NGHTTP2_ERR_NOMEM) throw std::bad_alloc();
}

void Session::Impl::parse(std::string_view bytes) {
  const ssize_t taken = nghttp2_session_mem_recv(
      session, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  check(taken);
  if (taken < 0) observer.on_malformed();
}

void Session::Impl::reject(Flood why) {
  if (flood != Flood::none) return;
  flood = why;
  terminated = true;
  observer.on_malformed();
  require(nghttp2_session_terminate_session(
      session, static_cast<std::uint32_t>(ErrorCode::enhance_your_calm)));
}

void Session::Impl::submit_head(StreamId id, std::string_view head, bool has_body) {
  fields.assign(head);
  pairs.clear();
  for (const auto& [name, value] : fields.fields()) {
    pairs.push_back({.name = bytes_of(name),
                     .value = bytes_of(value),
                     .namelen = name.size(),
                     .valuelen = value.size(),
                     .flags = NGHTTP2_NV_FLAG_NONE});
  }
  const nghttp2_data_provider provider{.source = {.ptr = nullptr}, .read_callback = &read_data};
  require(nghttp2_submit_response(session, id, pairs.data(), pairs.size(),
                                  has_body ? &provider : nullptr));
}

Session::Session(Observer& observer, const SessionOptions& options)
    : impl_(std::make_unique<Impl>(observer, options)) {
  const std::array<nghttp2_settings_entry, 5> settings{{
      {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, options.streams},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, options.stream_window},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<std::uint32_t>(options.head_size)},
      {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
      {NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1},
  }};
  require(
      nghttp2_submit_settings(impl_->session, NGHTTP2_FLAG_NONE, settings.data(), settings.size()));
  require(nghttp2_session_set_local_window_size(
      impl_->session, NGHTTP2_FLAG_NONE, 0, static_cast<std::int32_t>(options.connection_window)));
}

Session::~Session() = default;

void Session::receive(std::string_view input, std::uint32_t now) {
  Impl& s = *impl_;
  s.now = now;
  // Frame by frame: what one causes is known when the next is looked at.
  while (!input.empty() && !s.broken && !s.terminated) {
    const FrameMeter::Seen seen = s.meter.take(input, now);
    if (seen.flood != Flood::none) return s.reject(seen.flood);
    const ErrorCode error = seen.header ? s.error_of(*seen.header) : ErrorCode::no_error;
    if (error != ErrorCode::no_error) {
      s.observer.on_malformed();
      return terminate(error);
    }
    s.parse(input.substr(0, seen.size));
    input.remove_prefix(seen.size);
  }
}

void Session::send(std::string& output, std::size_t most) {
  Impl& s = *impl_;
  s.output = &output;
  s.most = most;
  while (!s.broken && output.size() < most) {
    const std::uint8_t* bytes = nullptr;
    const ssize_t size = nghttp2_session_mem_send(s.session, &bytes);
    if (size < 0) s.output = nullptr;
    s.check(size);
    if (size <= 0) break;
    output.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  }
  s.output = nullptr;
}

bool Session::wants_to_send() const {
  return !impl_->broken && nghttp2_session_want_write(impl_->session) != 0;
}

bool Session::is_over() const {
  const Impl& s = *impl_;
  if (s.broken) return true;
  return nghttp2_session_want_write(s.session) == 0 &&
         (s.terminated || nghttp2_session_want_read(s.session) == 0);
}

Flood Session::flood() const { return impl_->flood; }

void Session::respond(StreamId id, std::string_view head, bool has_body) {
  impl_->submit_head(id, head, has_body);
}

void Session::inform(StreamId id, std::string_view head) {
  Impl& s = *impl_;
  s.fields.assign(head);
  s.pairs.clear();
  for (const auto& [name, value] : s.fields.fields()) {
    s.pairs.push_back({.name = bytes_of(name),
                       .value = bytes_of(value),
                       .namelen = name.size(),
                       .valuelen = value.size(),
                       .flags = NGHTTP2_NV_FLAG_NONE});
  }
  require(nghttp2_submit_headers(s.session, NGHTTP2_FLAG_NONE, id, nullptr, s.pairs.data(),
                                 s.pairs.size(), nullptr));
}

void Session::resume(StreamId id) {
  // Fails where the stream waits for nothing, which is as good.
  require(nghttp2_session_resume_data(impl_->session, id));
}

void Session::consume(StreamId id, std::size_t bytes) {
  SessionEntry* const entry = impl_->find(id);
  if (entry == nullptr) return;
  bytes = std::min(bytes, entry->unconsumed);
  entry->unconsumed -= bytes;
  require(nghttp2_session_consume(impl_->session, id, bytes));
}

void Session::reset(StreamId id, ErrorCode code) {
  require(nghttp2_submit_rst_stream(impl_->session, NGHTTP2_FLAG_NONE, id,
                                    static_cast<std::uint32_t>(code)));
}

void Session::go_away() {
  Impl& s = *impl_;
  if (s.broken || s.terminated) return;
  if (!std::exchange(s.warned, true)) return require(nghttp2_submit_shutdown_notice(s.session));
  require(nghttp2_submit_goaway(s.session, NGHTTP2_FLAG_NONE,
                                nghttp2_session_get_last_proc_stream_id(s.session),
                                NGHTTP2_NO_ERROR, nullptr, 0));
}

void Session::terminate(ErrorCode code) {
  Impl& s = *impl_;
  if (s.broken || std::exchange(s.terminated, true)) return;
  require(nghttp2_session_terminate_session(s.session, static_cast<std::uint32_t>(code)));
}

std::size_t Session::streams() const { return impl_->entries.size(); }

bool Session::in_header_block() const { return impl_->meter.in_header_block(); }

std::uint32_t Session::block_began() const { return impl_->meter.block_began(); }

bool Session::is_stream_blocked(StreamId id) const {
  return nghttp2_session_get_stream_remote_window_size(impl_->session, id) <= 0;
}

bool Session::is_blocked() const {
  return nghttp2_session_get_remote_window_size(impl_->session) <= 0;
}

}  // namespace millrace::http2
