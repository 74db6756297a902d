// Writes responses in HTTP/1.1 (RFC 9112): decides how the body is framed and what the connection
// fields say, so that neither can be wrong by a handler's doing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::http {

/// What of the request decides the response's form.
struct ResponseContext {
  /// 10 or 11.
  std::uint8_t version = 11;
  bool head_request = false;
  /// Whether the connection may go on afterwards.
  bool keep_alive = true;
};

struct ResponseHead {
  std::uint16_t status = 200;
  /// Empty for the standard phrase.
  std::string_view reason;
  /// Lines that validate_fields() accepts. Connection, Keep-Alive, Transfer-Encoding, Upgrade,
  /// Trailer and Proxy-Connection are left out: they are the connection's, not the handler's.
  /// `Connection: close` ends the connection after the response.
  std::string_view fields;
};

/// How the body goes to the client.
enum class Framing : std::uint8_t {
  /// There is none, whatever the handler sends: HEAD, 204, 304.
  none,
  /// As many bytes as declared.
  length,
  chunked,
  /// Until the connection ends: HTTP/1.0 and unknown length.
  until_close,
};

struct WrittenHead {
  Framing framing = Framing::none;
  bool keep_alive = true;
  /// With Framing::length.
  std::optional<std::uint64_t> declared_length;
};

/// Appends the head, its closing empty line included. `whole_length`: the body's length where it
/// is known; else a Content-Length field among the fields declares it, or nothing does. `date` is
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

}  // namespace millrace::http
