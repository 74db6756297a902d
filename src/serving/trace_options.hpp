// Decides from millrace.toml and the environment where traces are sent, and which are made. The
// variables are those of OpenTelemetry.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "gateway/trace_exporter.hpp"
#include "project/settings.hpp"

namespace millrace::serving {

struct TraceOptions {
  double ratio = 1;
  gateway::TraceExporterOptions exporter;
};

/// Returns nothing where no traces are made. `environment`: by name, with the values of env files.
[[nodiscard]] base::Result<std::optional<TraceOptions>> trace_options(
    const project::TracingKeys& keys, const std::map<std::string, std::string>& environment);

}  // namespace millrace::serving
