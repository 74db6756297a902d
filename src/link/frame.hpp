// One frame of the link as read from bytes: pure decoding, no I/O. protocol/link.md is the
// specification; the numbers come from protocol/frames.json.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "protocol/generated/frames.hpp"
#include "protocol/generated/payloads.hpp"

namespace millrace::link {

using protocol::AbortReason;
using protocol::Kind;
using protocol::LogLevel;
// Neither decode_invoke() nor decode_response() looks into fields: http::validate_fields() does.
using protocol::decode_invoke;
using protocol::decode_response;
using protocol::InvokeView;
using protocol::ResponseView;

/// A decoded frame. `payload` points into the bytes it was decoded from.
struct Frame {
  Kind kind = Kind::hello;
  std::uint8_t flags = 0;
  /// At most protocol::kMaxStream.
  std::uint64_t stream = 0;
  std::string_view payload;

  [[nodiscard]] bool end() const { return (flags & protocol::kFlagEnd) != 0; }
  [[nodiscard]] bool fill() const { return (flags & protocol::kFlagFill) != 0; }
};

enum class DecodeStatus : std::uint8_t {
  frame,
  /// The bytes end inside a frame: call again with more.
  need_more,
  /// The bytes break the protocol: unknown kind, a payload of a size that the kind does not have,
  /// flags that it may not have.
  failed,
};

struct Decoded {
  DecodeStatus status = DecodeStatus::need_more;
  /// Bytes of the frame, head included; 0 unless status is `frame`.
  std::size_t consumed = 0;
  Frame frame;
};

/// Decodes the frame at the front of `input`. Never reads past it; hostile input gives `failed`.
[[nodiscard]] Decoded decode_frame(std::string_view input);

/// The number of a `credit` payload; nothing where the payload has another size.
[[nodiscard]] std::optional<std::uint32_t> decode_credit(std::string_view payload);

}  // namespace millrace::link
