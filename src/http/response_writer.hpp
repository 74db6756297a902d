// Writes HTTP/1.1 responses (RFC 9112). It decides on the framing of the body and writes the
// connection fields, so that a handler can break neither.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::http {

/// The properties of the request that determine the form of the response.
struct ResponseContext {
  /// 10 or 11.
  std::uint8_t version = 11;
  bool head_request = false;
  /// Whether the connection may stay open afterwards.
  bool keep_alive = true;
  /// Lines that the server adds.
  std::string_view own_fields = {};
};

struct ResponseHead {
  std::uint16_t status = 200;
  /// Empty for the standard phrase.
  std::string_view reason;
  /// Lines that validate_fields() accepts. Connection, Keep-Alive, Transfer-Encoding, Upgrade,
  /// Trailer and Proxy-Connection are left out, since the server manages the connection.
  /// `Connection: close` closes the connection after the response.
  std::string_view fields;
};

/// How the body is framed.
enum class Framing : std::uint8_t {
  /// No body, whatever the handler sends: HEAD, 204, 304.
  none,
  /// By the declared Content-Length.
  length,
  chunked,
  /// By closing the connection: HTTP/1.0 and an unknown length.
  until_close,
};

struct WrittenHead {
  Framing framing = Framing::none;
  bool keep_alive = true;
  /// Set with Framing::length.
  std::optional<std::uint64_t> declared_length;
};

/// Appends the head, including its closing empty line. `whole_length`: the body's length if it is
/// known; otherwise a Content-Length among the fields declares it, or nothing does. `date` is
/// written unless the fields have a Date. `keep_alive_seconds` is for the Keep-Alive field.
WrittenHead write_response_head(std::string& output, const ResponseHead& head,
                                const ResponseContext& context,
                                std::optional<std::uint64_t> whole_length, std::string_view date,
                                std::uint32_t keep_alive_seconds);

/// Appends one chunk. `bytes` must not be empty.
void append_chunk(std::string& output, std::string_view bytes);

/// Appends the chunk that ends a body.
void append_last_chunk(std::string& output);

/// The interim response to Expect: 100-continue.
inline constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
/// The status line of a 103 response (RFC 8297); fields and an empty line follow.
inline constexpr std::string_view kEarlyHints = "HTTP/1.1 103 Early Hints\r\n";

}  // namespace millrace::http
