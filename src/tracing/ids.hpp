// Ids of traces and spans (W3C Trace Context), how they are made, and the field `traceparent` that
// carries them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>

namespace millrace::tracing {

using TraceId = std::array<std::uint8_t, 16>;
using SpanId = std::array<std::uint8_t, 8>;

/// A place in a trace: that of a caller, or one's own for those that one calls.
struct SpanContext {
  TraceId trace{};
  SpanId span{};
  /// Whether the trace is recorded.
  bool sampled = false;
};

/// Appends lower-case hexadecimal digits.
template <std::size_t N>
void append_hex(std::string& text, const std::array<std::uint8_t, N>& bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (const std::uint8_t byte : bytes) {
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 15U];
  }
}

/// Parses the value of `traceparent`; returns nothing for one that the specification says to ignore.
[[nodiscard]] std::optional<SpanContext> parse_traceparent(std::string_view value);

/// Appends the value of `traceparent`.
void append_traceparent(std::string& text, const SpanContext& context);

/// Makes ids. They are random but not secret. Belongs to one thread.
class IdSource {
 public:
  IdSource();
  /// For tests: the same seed makes the same ids.
  explicit IdSource(std::uint64_t seed) : random_(seed) {}

  [[nodiscard]] TraceId make_trace();
  [[nodiscard]] SpanId make_span();

 private:
  std::mt19937_64 random_;
};

}  // namespace millrace::tracing
