#include "link/frame_encoder.hpp"

#include "base/assert.hpp"
#include "base/little_endian.hpp"

namespace millrace::link {

using base::store_le;

namespace {

/// Grows `out` by a head and `payload_size` bytes, writes the head, returns where the payload goes.
char* append_head(std::string& out, Kind kind, std::uint64_t stream, std::size_t payload_size,
                  bool end) {
  MILLRACE_ASSERT(payload_size <= protocol::kMaxPayload);
  const std::size_t at = out.size();
  out.resize(at + protocol::kFrameHeadSize + payload_size);
  char* head = out.data() + at;
  store_le(head, static_cast<std::uint32_t>(payload_size));
  head[4] = static_cast<char>(kind);
  head[5] = static_cast<char>(end ? protocol::kFlagEnd : 0);
  store_le(head + 6, static_cast<std::uint16_t>(stream >> 32U));
  store_le(head + 8, static_cast<std::uint32_t>(stream));
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

std::size_t invoke_payload_size(const InvokeView& invoke) {
  return protocol::invoke_head::kSize + invoke.method.size() + invoke.remote_address.size() +
         invoke.target.size() + invoke.parameters.size() + invoke.fields.size();
}

void append_invoke(std::string& out, std::uint64_t stream, const InvokeView& invoke, bool end) {
  namespace head = protocol::invoke_head;
  const std::size_t at = out.size();
  char* fixed = append_head(out, Kind::invoke, stream, invoke_payload_size(invoke), end);
  if (invoke.fill) out[at + 5] = static_cast<char>(out[at + 5] | protocol::kFlagFill);
  store_le(fixed + head::kGeneration, invoke.generation);
  store_le(fixed + head::kRoute, invoke.route);
  store_le(fixed + head::kTargetLength, static_cast<std::uint32_t>(invoke.target.size()));
  store_le(fixed + head::kParametersLength, static_cast<std::uint32_t>(invoke.parameters.size()));
  store_le(fixed + head::kFieldsLength, static_cast<std::uint32_t>(invoke.fields.size()));
  store_le(fixed + head::kMethodLength, static_cast<std::uint16_t>(invoke.method.size()));
  store_le(fixed + head::kRemoteAddressLength,
           static_cast<std::uint16_t>(invoke.remote_address.size()));
  store_le(fixed + head::kRemotePort, invoke.remote_port);
  fixed[head::kHttpVersion] = static_cast<char>(invoke.http_version);
  fixed[head::kSecure] = static_cast<char>(invoke.secure ? 1 : 0);
  char* text = put(fixed + head::kSize, invoke.method);
  text = put(text, invoke.remote_address);
  text = put(text, invoke.target);
  text = put(text, invoke.parameters);
  put(text, invoke.fields);
}

void append_response(std::string& out, std::uint64_t stream, const ResponseView& response,
                     bool end) {
  namespace head = protocol::response_head;
  const std::size_t size =
      head::kSize + response.reason.size() + response.fields.size() + response.body.size();
  char* fixed = append_head(out, Kind::response, stream, size, end);
  store_le(fixed + head::kStatus, response.status);
  store_le(fixed + head::kReasonLength, static_cast<std::uint16_t>(response.reason.size()));
  store_le(fixed + head::kFieldsLength, static_cast<std::uint32_t>(response.fields.size()));
  char* text = put(fixed + head::kSize, response.reason);
  text = put(text, response.fields);
  put(text, response.body);
}

void append_credit(std::string& out, std::uint64_t stream, std::uint32_t bytes) {
  store_le(append_head(out, Kind::credit, stream, sizeof bytes, false), bytes);
}

void append_abort(std::string& out, std::uint64_t stream, AbortReason reason) {
  *append_head(out, Kind::abort, stream, 1, false) = static_cast<char>(reason);
}

}  // namespace millrace::link
