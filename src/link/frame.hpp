// One frame of the link as read from bytes: pure decoding, no I/O. protocol/link.md is the
// specification; the numbers come from protocol/frames.json.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "protocol/generated/frames.hpp"

namespace millrace::link {

using protocol::AbortReason;
using protocol::Kind;
using protocol::LogLevel;

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
  /// The bytes break the protocol (unknown kind, payload too long, unknown flags).
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

/// The parts of a `response` payload, as views into it.
struct ResponseView {
  std::uint16_t status = 0;
  std::string_view reason;
  std::string_view fields;
  std::string_view body;
};

/// Nothing where the payload's lengths do not add up or the status is outside 100–999. The fields
/// are not looked into: http::validate_fields does that.
[[nodiscard]] std::optional<ResponseView> decode_response(std::string_view payload);

/// The parts of an `invoke` payload; what a requester fills in and what a worker reads.
struct InvokeView {
  std::uint32_t generation = 0;
  std::uint32_t route = 0;
  std::string_view method;
  std::string_view remote_address;
  std::string_view target;
  std::string_view parameters;
  std::string_view fields;
  std::uint16_t remote_port = 0;
  std::uint8_t http_version = 11;
  bool secure = false;
  /// Flag `fill` of the frame, not part of its payload.
  bool fill = false;
};

/// Nothing where the payload's lengths do not add up.
[[nodiscard]] std::optional<InvokeView> decode_invoke(std::string_view payload);

/// The number of a `credit` payload; nothing where the payload has another size.
[[nodiscard]] std::optional<std::uint32_t> decode_credit(std::string_view payload);

}  // namespace millrace::link
