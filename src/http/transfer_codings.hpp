// What a request's Transfer-Encoding asks of who reads it (RFC 9112 §6.1, §6.3, §7).
#pragma once

#include <optional>
#include <string_view>

#include "http/parse_failure.hpp"

namespace millrace::http {

/// Judges the codings of all Transfer-Encoding lines of a request, joined with commas. Nothing
/// where they are "chunked" alone. 400 where chunked is not the last, stands there twice, has
/// parameters, or an element is empty, since then the body's end is anybody's guess; 501 where other
/// codings come before it.
[[nodiscard]] std::optional<ParseFailure> judge_transfer_codings(std::string_view codings);

}  // namespace millrace::http
