#include "tracing/otlp_json.hpp"

#include "base/decimal.hpp"

namespace millrace::tracing {

namespace {

/// Appends a JSON string. Bytes that are not ASCII, which only unusual requests have, become U+FFFD:
/// the text would otherwise have to be checked for UTF-8.
void append_text(std::string& json, std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  json += '"';
  for (const char c : text.substr(0, kLongestText)) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      json += '\\';
      json += c;
    } else if (byte < 0x20) {
      json.append("\\u00").append({kDigits[byte >> 4U], kDigits[byte & 15U]});
    } else if (byte > 0x7e) {
      json += "\\ufffd";
    } else {
      json += c;
    }
  }
  json += '"';
}

void append_attribute(std::string& json, std::string_view name, std::string_view value) {
  json += "{\"key\":";
  append_text(json, name);
  json += ",\"value\":{\"stringValue\":";
  append_text(json, value);
  json += "}}";
}

/// 64-bit integers are strings in the JSON form of protobuf.
void append_attribute(std::string& json, std::string_view name, std::int64_t value) {
  json += "{\"key\":";
  append_text(json, name);
  json += ",\"value\":{\"intValue\":\"";
  base::append_decimal(json, value);
  json += "\"}}";
}

void append_time(std::string& json, std::string_view name,
                 std::chrono::system_clock::time_point time) {
  using std::chrono::nanoseconds;
  json.append(",\"").append(name).append("\":\"");
  base::append_decimal(json,
                       std::chrono::duration_cast<nanoseconds>(time.time_since_epoch()).count());
  json += '"';
}

void append_span(std::string& json, const Span& span) {
  json += "{\"traceId\":\"";
  append_hex(json, span.context.trace);
  json += "\",\"spanId\":\"";
  append_hex(json, span.context.span);
  if (span.parent) {
    json += "\",\"parentSpanId\":\"";
    append_hex(json, *span.parent);
  }
  json += "\",\"name\":";
  append_text(json, span.name);
  json += ",\"kind\":";
  base::append_decimal(json, static_cast<std::int64_t>(span.kind));
  append_time(json, "startTimeUnixNano", span.begin);
  append_time(json, "endTimeUnixNano", span.end);
  json += ",\"attributes\":[";
  bool first = true;
  for (const auto& [name, value] : span.attributes) {
    if (!first) json += ',';
    first = false;
    std::visit([&json, key = name](const auto& one) { append_attribute(json, key, one); }, value);
  }
  // 2 is STATUS_CODE_ERROR.
  json += span.failed ? "],\"status\":{\"code\":2}}" : "]}";
}

}  // namespace

std::string otlp_json(std::span<const Span> spans, const Resource& resource,
                      std::string_view version) {
  std::string json = "{\"resourceSpans\":[{\"resource\":{\"attributes\":[";
  bool first = true;
  for (const auto& [name, value] : resource) {
    if (!first) json += ',';
    first = false;
    append_attribute(json, name, value);
  }
  json += "]},\"scopeSpans\":[{\"scope\":{\"name\":\"millrace\",\"version\":";
  append_text(json, version);
  json += "},\"spans\":[";
  for (const Span& span : spans) {
    if (&span != spans.data()) json += ',';
    append_span(json, span);
  }
  json += "]}]}]}";
  return json;
}

}  // namespace millrace::tracing
