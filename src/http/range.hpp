// Range requests (RFC 9110 §14) for one range of bytes, as Next.js handles them for public/.
#pragma once

#include <cstdint>
#include <string_view>

namespace millrace::http {

struct Range {
  enum class Kind : std::uint8_t {
    /// Send the complete representation: there is no range, an unsupported one, or several.
    whole,
    /// Send `first` to `last`, both included.
    part,
    /// 416: no byte of the range exists.
    unsatisfiable,
  };
  Kind kind = Kind::whole;
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};

/// Parses the value of a Range field for a representation of `size` bytes.
[[nodiscard]] Range parse_range(std::string_view value, std::uint64_t size);

}  // namespace millrace::http
