// Decodes one frame of the link from bytes, without I/O. protocol/link.md is the specification; the
// numbers come from protocol/frames.json.
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
// decode_invoke() and decode_response() do not validate fields; http::validate_fields() does.
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
  [[nodiscard]] bool upgrade() const { return (flags & protocol::kFlagUpgrade) != 0; }
};

enum class DecodeStatus : std::uint8_t {
  frame,
  /// The input ends inside a frame: call again with more bytes.
  need_more,
  /// The input violates the protocol: an unknown kind, or a payload size or flags that the kind
  /// does not allow.
  failed,
};

struct Decoded {
  DecodeStatus status = DecodeStatus::need_more;
  /// Size of the frame in bytes, including its head; 0 unless status is `frame`.
  std::size_t consumed = 0;
  Frame frame;
};

/// Decodes the frame at the start of `input`. Never reads past its end; invalid input gives
/// `failed`.
[[nodiscard]] Decoded decode_frame(std::string_view input);

/// Returns the number in the payload of a `credit` frame, or nullopt if the payload has another
/// size.
[[nodiscard]] std::optional<std::uint32_t> decode_credit(std::string_view payload);

}  // namespace millrace::link
