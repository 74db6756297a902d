// The standard reason phrases (RFC 9110 §15), as Node.js writes them.
#pragma once

#include <cstdint>
#include <string_view>

namespace millrace::http {

/// Returns "OK" for 200; "unknown" for a status that has no standard phrase.
[[nodiscard]] std::string_view reason_phrase(std::uint16_t status);

}  // namespace millrace::http
