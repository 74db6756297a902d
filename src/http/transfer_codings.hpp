// Validates a request's Transfer-Encoding (RFC 9112 §6.1, §6.3, §7).
#pragma once

#include <optional>
#include <string_view>

#include "http/parse_failure.hpp"

namespace millrace::http {

/// Validates the codings of all Transfer-Encoding lines of a request, joined with commas. Returns
/// nothing where they are "chunked" alone. Returns 400 where chunked is not the last, occurs twice
/// or has parameters, or where an element is empty, since the end of the body is ambiguous then;
/// 501 where other codings precede it.
[[nodiscard]] std::optional<ParseFailure> validate_transfer_codings(std::string_view codings);

}  // namespace millrace::http
