// Writes spans as OTLP/HTTP sends them in JSON: an ExportTraceServiceRequest. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tracing/span.hpp"

namespace millrace::tracing {

/// Attributes of the process that makes the spans: `service.name` and others.
using Resource = std::vector<std::pair<std::string, std::string>>;

/// `version`: the version of this program, which is the scope of all spans.
[[nodiscard]] std::string otlp_json(std::span<const Span> spans, const Resource& resource,
                                    std::string_view version);

}  // namespace millrace::tracing
