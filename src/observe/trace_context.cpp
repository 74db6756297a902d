#include "observe/trace_context.hpp"

#include <algorithm>

#include "base/ascii.hpp"

namespace millrace::observe {

namespace {

/// "VV-TTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTT-PPPPPPPPPPPPPPPP-FF"
constexpr std::size_t kLength = 55;
constexpr std::size_t kTraceAt = 3;
constexpr std::size_t kTraceLength = 32;
constexpr std::size_t kParentAt = 36;
constexpr std::size_t kParentLength = 16;
constexpr std::size_t kFlagsAt = 53;

/// The specification allows no upper case.
bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_zero(std::string_view text) {
  return text.find_first_not_of('0') == std::string_view::npos;
}

}  // namespace

std::optional<TraceContext> parse_traceparent(std::string_view value) {
  if (value.size() < kLength) return std::nullopt;
  const std::string_view version = value.substr(0, 2);
  if (!is_hex(version) || version == "ff") return std::nullopt;
  // A later version may append fields.
  if (value.size() > kLength && (version == "00" || value[kLength] != '-')) return std::nullopt;
  if (value[kTraceAt - 1] != '-' || value[kParentAt - 1] != '-' || value[kFlagsAt - 1] != '-') {
    return std::nullopt;
  }
  const std::string_view trace = value.substr(kTraceAt, kTraceLength);
  const std::string_view parent = value.substr(kParentAt, kParentLength);
  const std::string_view flags = value.substr(kFlagsAt, 2);
  if (!is_hex(trace) || !is_hex(parent) || !is_hex(flags)) return std::nullopt;
  if (is_zero(trace) || is_zero(parent)) return std::nullopt;
  return TraceContext{
      .trace_id = trace, .parent_id = parent, .sampled = (base::hex_digit(flags.back()) & 1) != 0};
}

}  // namespace millrace::observe
