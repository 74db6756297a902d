#pragma once

/// The decimal digits of RFC 5234, in any locale.
namespace millrace::http {

[[nodiscard]] constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace millrace::http
