// Range requests (RFC 9110 §14) for one range of bytes, as Next.js answers them for public/.
#pragma once

#include <cstdint>
#include <string_view>

namespace millrace::http {

struct Range {
  enum class Kind : std::uint8_t {
    /// The whole is to be sent: no range, one that is not understood, or several.
    whole,
    /// `first` to `last`, both included.
    part,
    /// No byte of it exists: 416.
    unsatisfiable,
  };
  Kind kind = Kind::whole;
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};

/// Reads the value of a Range field for a representation of `size` bytes.
[[nodiscard]] Range parse_range(std::string_view value, std::uint64_t size);

}  // namespace millrace::http
