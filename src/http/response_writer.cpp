#include "http/response_writer.hpp"

#include <array>
#include <charconv>

#include "base/ascii.hpp"
#include "base/decimal.hpp"
#include "http/fields.hpp"
#include "http/status.hpp"

namespace millrace::http {

namespace {

/// The properties of the handler's fields, gathered while they are copied.
struct Seen {
  bool date = false;
  /// Connection: close.
  bool close = false;
  std::optional<std::uint64_t> content_length;
};

std::optional<std::uint64_t> parse_length(std::string_view value) {
  std::uint64_t length = 0;
  const char* end = value.data() + value.size();
  const auto [stopped, error] = std::from_chars(value.data(), end, length);
  if (error != std::errc{} || stopped != end || value.empty()) return std::nullopt;
  return length;
}

/// Returns whether a Connection field closes the connection (RFC 9110 §7.6.1).
bool has_close(std::string_view value) {
  while (!value.empty()) {
    const std::size_t comma = value.find(',');
    if (base::equals_ignoring_case(base::trim(value.substr(0, comma)), "close")) return true;
    if (comma == std::string_view::npos) return false;
    value.remove_prefix(comma + 1);
  }
  return false;
}

enum class Place : std::uint8_t { copy, drop, connection, content_length, date };

/// Distinguishes the few fields that the server manages from all others, mostly by their length.
Place place_of(std::string_view name) {
  const auto is = [name](std::string_view other) {
    return base::equals_ignoring_case(name, other);
  };
  switch (name.size()) {
    case 4:
      return is("date") ? Place::date : Place::copy;
    case 7:
      return is("upgrade") || is("trailer") ? Place::drop : Place::copy;
    case 10:
      if (is("connection")) return Place::connection;
      return is("keep-alive") ? Place::drop : Place::copy;
    case 14:
      return is("content-length") ? Place::content_length : Place::copy;
    case 16:
      return is("proxy-connection") ? Place::drop : Place::copy;
    case 17:
      return is("transfer-encoding") ? Place::drop : Place::copy;
    default:
      return Place::copy;
  }
}

Seen copy_fields(std::string& output, std::string_view fields) {
  Seen seen;
  // Adjacent lines are copied together.
  std::size_t copied = 0;
  std::size_t line = 0;
  while (line < fields.size()) {
    const std::size_t colon = fields.find(':', line);
    const std::size_t line_end = fields.find('\r', colon) + 2;
    const Place place = place_of(fields.substr(line, colon - line));
    const auto value = [&] { return base::trim(fields.substr(colon + 1, line_end - colon - 3)); };
    if (place == Place::date) seen.date = true;
    if (place == Place::content_length) {
      seen.content_length = parse_length(value());
    }
    if (place == Place::connection) seen.close = seen.close || has_close(value());
    if (place != Place::copy && place != Place::date) {
      output.append(fields.substr(copied, line - copied));
      copied = line_end;
    }
    line = line_end;
  }
  output.append(fields.substr(copied));
  return seen;
}

bool has_no_body(std::uint16_t status) { return status < 200 || status == 204 || status == 304; }

WrittenHead decide_framing(const ResponseHead& head, const ResponseContext& context,
                           std::optional<std::uint64_t> length) {
  WrittenHead written{
      .framing = Framing::none, .keep_alive = context.keep_alive, .declared_length = std::nullopt};
  if (context.head_request || has_no_body(head.status)) return written;
  if (length) {
    written.framing = Framing::length;
    written.declared_length = length;
  } else if (context.version >= 11) {
    written.framing = Framing::chunked;
  } else {
    written.framing = Framing::until_close;
    written.keep_alive = false;
  }
  return written;
}

}  // namespace

WrittenHead write_response_head(std::string& output, const ResponseHead& head,
                                const ResponseContext& context,
                                std::optional<std::uint64_t> whole_length, std::string_view date,
                                std::uint32_t keep_alive_seconds) {
  output.append("HTTP/1.1 ");
  base::append_decimal(output, head.status);
  output.push_back(' ');
  output.append(head.reason.empty() ? reason_phrase(head.status) : head.reason);
  output.append("\r\n");
  const Seen seen = copy_fields(output, head.fields);

  std::optional<std::uint64_t> length = whole_length;
  // The handler knows the length that a GET would have; the empty body of a HEAD does not show it.
  if (!length || context.head_request) {
    if (seen.content_length || length == 0U) length = seen.content_length;
  }
  WrittenHead written = decide_framing(head, context, length);
  if (seen.close) written.keep_alive = false;
  const bool length_allowed = head.status >= 200 && head.status != 204 && head.status != 304;
  if (length && length_allowed) {
    output.append("Content-Length: ");
    base::append_decimal(output, *length);
    output.append("\r\n");
  } else if (written.framing == Framing::chunked) {
    output.append("Transfer-Encoding: chunked\r\n");
  }
  // The one response whose Upgrade says what to upgrade to (RFC 9110 §15.5.22).
  const auto upgrade = head.status == 426 ? find_field(head.fields, "upgrade") : std::nullopt;
  if (upgrade) output.append("Upgrade: ").append(*upgrade).append("\r\n");
  const std::string_view option = upgrade ? ", Upgrade" : "";
  output.append(context.own_fields);
  if (!seen.date) output.append("Date: ").append(date).append("\r\n");
  if (written.keep_alive) {
    output.append("Connection: keep-alive").append(option).append("\r\nKeep-Alive: timeout=");
    base::append_decimal(output, keep_alive_seconds);
    output.append("\r\n\r\n");
  } else {
    output.append("Connection: close").append(option).append("\r\n\r\n");
  }
  return written;
}

void append_chunk(std::string& output, std::string_view bytes) {
  std::array<char, 16> digits{};
  const auto [end, error] =
      std::to_chars(digits.data(), digits.data() + digits.size(), bytes.size(), 16);
  output.append(digits.data(), end).append("\r\n").append(bytes).append("\r\n");
}

void append_last_chunk(std::string& output) { output.append("0\r\n\r\n"); }

}  // namespace millrace::http
