// Span is a part of a trace as it is exported: one operation, with its times and attributes.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "tracing/ids.hpp"

namespace millrace::tracing {

/// As in OTLP.
enum class SpanKind : std::uint8_t { internal = 1, server = 2, client = 3 };

/// The longest text of an attribute or name, in bytes; longer ones are cut.
inline constexpr std::size_t kLongestText = 512;

/// An attribute. Names are literals.
using Attribute = std::pair<std::string_view, std::variant<std::int64_t, std::string>>;

struct Span {
  SpanContext context;
  /// Nothing for a trace's first span.
  std::optional<SpanId> parent;
  SpanKind kind = SpanKind::internal;
  std::string name;
  std::chrono::system_clock::time_point begin;
  std::chrono::system_clock::time_point end;
  std::vector<Attribute> attributes;
  bool failed = false;
};

}  // namespace millrace::tracing
