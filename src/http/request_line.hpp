// The request line (RFC 9112 §3): judged byte by byte before anything else of a request is looked
// at, and its target taken apart into the authority it names and what is asked of it.
#pragma once

#include <optional>
#include <string_view>

#include "http/parse_failure.hpp"

namespace millrace::http {

/// Judges a whole request line, without its CRLF: method, target and version, one space between
/// them. Nothing where it is right; else 400, or 505 for a version of HTTP that is not 1.0 or 1.1.
[[nodiscard]] std::optional<ParseFailure> judge_request_line(std::string_view line);

/// Judges a part of a request line whose end has not come yet: 400 for what no line can hold.
[[nodiscard]] std::optional<ParseFailure> judge_line_part(std::string_view part);

/// A target taken apart. The views point into what was given, or to constants.
struct RequestTarget {
  /// Of an absolute form; empty where Host says it.
  std::string_view authority;
  /// Path and query: begins with "/", or with "?" where the path is empty. Or "*".
  std::string_view resource;
  std::optional<ParseFailure> failure;
};

/// Takes the target of a request with `method` apart (RFC 9112 §3.2). Failure: 400 for a fragment,
/// an authority that is_valid_authority() refuses, "*" with another method than OPTIONS, and what
/// is in none of the forms; 421 for https, since the connection is not secured.
[[nodiscard]] RequestTarget split_target(std::string_view method, std::string_view target);

}  // namespace millrace::http
