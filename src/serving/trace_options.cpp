#include "serving/trace_options.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/ascii.hpp"
#include "http/fields.hpp"
#include "serving/version.hpp"

namespace millrace::serving {

namespace {

using Environment = std::map<std::string, std::string>;
using Pairs = std::vector<std::pair<std::string, std::string>>;

constexpr std::string_view kDefaultCollector = "http://localhost:4318";
constexpr std::string_view kPath = "/v1/traces";

std::string_view variable(const Environment& environment, const std::string& name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string_view() : std::string_view(found->second);
}

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = base::to_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::string percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size() && digit_of(text[i + 1]) >= 0 &&
                        digit_of(text[i + 2]) >= 0;
    decoded +=
        escape ? static_cast<char>(digit_of(text[i + 1]) * 16 + digit_of(text[i + 2])) : text[i];
    if (escape) i += 2;
  }
  return decoded;
}

/// Parses "name=value,name=value", as in OTEL_EXPORTER_OTLP_HEADERS.
Pairs parse_pairs(std::string_view text) {
  Pairs pairs;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(','), text.size());
    const std::string_view item = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t equals = item.find('=');
    if (equals == std::string_view::npos) continue;
    pairs.emplace_back(percent_decoded(base::trim(item.substr(0, equals))),
                       percent_decoded(base::trim(item.substr(equals + 1))));
  }
  return pairs;
}

/// Returns the URL for traces.
std::string collector_url(const project::TracingKeys& keys, const Environment& environment) {
  const std::string_view whole = variable(environment, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
  if (keys.endpoint.empty() && !whole.empty()) return std::string(whole);
  std::string_view base = keys.endpoint;
  if (base.empty()) base = variable(environment, "OTEL_EXPORTER_OTLP_ENDPOINT");
  if (base.empty()) base = kDefaultCollector;
  while (base.ends_with('/')) base.remove_suffix(1);
  return std::string(base).append(kPath);
}

Pairs headers_of(const project::TracingKeys& keys, const Environment& environment) {
  if (keys.headers.empty()) {
    const std::string_view own = variable(environment, "OTEL_EXPORTER_OTLP_TRACES_HEADERS");
    return parse_pairs(own.empty() ? variable(environment, "OTEL_EXPORTER_OTLP_HEADERS") : own);
  }
  Pairs pairs;
  for (const std::string& line : keys.headers) {
    const std::size_t equals = line.find('=');
    pairs.emplace_back(line.substr(0, equals), line.substr(equals + 1));
  }
  return pairs;
}

base::Result<std::string> fields_of(const Pairs& headers) {
  std::string fields;
  for (const auto& [name, value] : headers) {
    if (!http::is_token(name) || !http::is_field_value(value)) {
      return base::Error(base::ErrorCode::invalid,
                         "the header \"" + name +
                             "\" for traces has characters that are not allowed in a field "
                             "(millrace.toml, [tracing] headers; OTEL_EXPORTER_OTLP_HEADERS)");
    }
    http::append_field(fields, name, value);
  }
  return fields;
}

tracing::Resource resource_of(const project::TracingKeys& keys, const Environment& environment) {
  tracing::Resource resource = parse_pairs(variable(environment, "OTEL_RESOURCE_ATTRIBUTES"));
  std::string name = keys.service_name;
  if (name.empty()) name = variable(environment, "OTEL_SERVICE_NAME");
  const auto given = std::find_if(resource.begin(), resource.end(),
                                  [](const auto& pair) { return pair.first == "service.name"; });
  if (name.empty() && given == resource.end()) name = "millrace";
  if (name.empty()) return resource;
  if (given != resource.end()) resource.erase(given);
  resource.emplace_back("service.name", std::move(name));
  return resource;
}

}  // namespace

base::Result<std::optional<TraceOptions>> trace_options(const project::TracingKeys& keys,
                                                        const Environment& environment) {
  if (!keys.enabled) return std::optional<TraceOptions>();
  const std::string url = collector_url(keys, environment);
  auto collector = gateway::parse_upstream_url(url);
  if (!collector) {
    return base::Error(base::ErrorCode::invalid,
                       "expected the http:// or https:// URL of a collector, found \"" + url +
                           "\" (millrace.toml, [tracing] endpoint; OTEL_EXPORTER_OTLP_ENDPOINT)");
  }
  auto fields = fields_of(headers_of(keys, environment));
  if (!fields) return fields.error();
  TraceOptions options;
  options.ratio = keys.ratio;
  options.exporter.collector = std::move(collector).value();
  options.exporter.fields = std::move(fields).value();
  options.exporter.resource = resource_of(keys, environment);
  options.exporter.version = kVersion;
  return std::optional<TraceOptions>(std::move(options));
}

}  // namespace millrace::serving
