// Validates the request line (RFC 9112 §3) byte by byte, before any other part of a request is
// parsed, and splits its target into authority and resource.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "http/parse_failure.hpp"

namespace millrace::http {

/// Validates a complete request line, without its CRLF: method, target and version, with one space
/// between them. Returns nothing where it is valid; otherwise 400, or 505 for an HTTP version other
/// than 1.0 and 1.1.
[[nodiscard]] std::optional<ParseFailure> validate_request_line(std::string_view line);

/// Validates the received part of an incomplete request line; returns 400 for bytes that no line
/// can contain.
[[nodiscard]] std::optional<ParseFailure> validate_line_part(std::string_view part);

/// Whether a connection is encrypted.
enum class Security : std::uint8_t { none, tls };

/// The parts of a target. The views point into the arguments or to constants.
struct RequestTarget {
  /// The authority of an absolute-form target; empty for other forms, where Host names it.
  std::string_view authority;
  /// Path and query, beginning with "/", or with "?" where the path is empty; or "*".
  std::string_view resource;
  std::optional<ParseFailure> failure;
};

/// Splits the target of a request with `method` (RFC 9112 §3.2). Failure: 400 for a fragment, for
/// an authority that is_valid_authority() rejects, for "*" with a method other than OPTIONS, and
/// for a target in none of the forms; 421 for https where the connection is not secured.
[[nodiscard]] RequestTarget split_target(std::string_view method, std::string_view target,
                                         Security security = Security::none);

}  // namespace millrace::http
