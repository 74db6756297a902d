// Reads the field `traceparent` (W3C Trace Context), by which a caller names the trace that a
// request belongs to.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace millrace::observe {

/// A caller's place in a trace. The views point into the field's value.
struct TraceContext {
  /// 32 hexadecimal digits in lower case, not all zero.
  std::string_view trace_id;
  /// The caller's span: 16 such digits.
  std::string_view parent_id;
  /// Whether the caller records the trace.
  bool sampled = false;
};

/// Returns nothing for a value that the specification says to ignore.
[[nodiscard]] std::optional<TraceContext> parse_traceparent(std::string_view value);

}  // namespace millrace::observe
