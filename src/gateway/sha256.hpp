// The SHA-256 digest, with which Next.js names things that browsers and servers compare.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace millrace::gateway {

using Sha256 = std::array<unsigned char, 32>;

/// Returns the digest of `text`, or nothing if the library fails.
[[nodiscard]] std::optional<Sha256> sha256(std::string_view text);

}  // namespace millrace::gateway
