#include "link/frame_encoder.hpp"

#include "base/assert.hpp"
#include "base/little_endian.hpp"

namespace millrace::link {

using base::store_le;

namespace {

/// Writes the number of the stream into a frame's head.
void store_stream(char* head, std::uint64_t stream) {
  store_le(head + 6, static_cast<std::uint16_t>(stream >> 32U));
  store_le(head + 8, static_cast<std::uint32_t>(stream));
}

/// Grows `out` by a frame head and `payload_size` bytes, writes the head, and returns a pointer to
/// the payload.
char* append_head(std::string& out, Kind kind, std::uint64_t stream, std::size_t payload_size,
                  bool end) {
  MILLRACE_ASSERT(payload_size <= protocol::kMaxPayload);
  const std::size_t at = out.size();
  out.resize(at + protocol::kFrameHeadSize + payload_size);
  char* head = out.data() + at;
  store_le(head, static_cast<std::uint32_t>(payload_size));
  head[4] = static_cast<char>(kind);
  head[5] = static_cast<char>(end ? protocol::kFlagEnd : 0);
  store_stream(head, stream);
  return head + protocol::kFrameHeadSize;
}

char* put(char* to, std::string_view text) {
  text.copy(to, text.size());
  return to + text.size();
}

}  // namespace

void append_frame(std::string& out, Kind kind, std::uint64_t stream, std::string_view payload,
                  bool end) {
  put(append_head(out, kind, stream, payload.size(), end), payload);
}

void append_ping(std::string& out, std::uint64_t number, bool sample) {
  const std::size_t at = out.size();
  store_le(append_head(out, Kind::ping, 0, sizeof number, false), number);
  if (sample) out[at + 5] = static_cast<char>(protocol::kFlagSample);
}

void append_invoke(std::string& out, std::uint64_t stream, const InvokeView& invoke, bool end) {
  const std::size_t at = out.size();
  protocol::encode(invoke,
                   append_head(out, Kind::invoke, stream, protocol::encoded_size(invoke), end));
  if (invoke.fill) out[at + 5] = static_cast<char>(out[at + 5] | protocol::kFlagFill);
  if (invoke.upgrade) out[at + 5] = static_cast<char>(out[at + 5] | protocol::kFlagUpgrade);
}

void append_again(std::string& out, std::uint64_t stream, std::string_view frame) {
  MILLRACE_ASSERT(frame.size() >= protocol::kFrameHeadSize);
  const std::size_t at = out.size();
  out += frame;
  store_stream(out.data() + at, stream);
}

void append_response(std::string& out, std::uint64_t stream, const ResponseView& response,
                     bool end) {
  protocol::encode(response,
                   append_head(out, Kind::response, stream, protocol::encoded_size(response), end));
}

void append_credit(std::string& out, std::uint64_t stream, std::uint32_t bytes) {
  store_le(append_head(out, Kind::credit, stream, sizeof bytes, false), bytes);
}

void append_abort(std::string& out, std::uint64_t stream, AbortReason reason) {
  *append_head(out, Kind::abort, stream, 1, false) = static_cast<char>(reason);
}

}  // namespace millrace::link
