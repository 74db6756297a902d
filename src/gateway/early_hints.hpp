// 103 (Early Hints) responses (RFC 8297): what a handler tells the client before its response, such as
// the stylesheets that a page will need.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace millrace::gateway {

/// Bytes of hints before one response; further ones are dropped. Nothing else bounds how many a
/// handler sends to a client that does not read.
inline constexpr std::uint16_t kMaxHintBytes = 16384;

/// Returns the fields of a 103 response, of those that a handler gives: without fields of the
/// connection, of a body, and those that only the server itself reads. Empty if none are left, and
/// then no response is sent.
[[nodiscard]] std::string early_hint_fields(std::string_view fields);

}  // namespace millrace::gateway
