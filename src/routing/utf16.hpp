// Converts bytes to text as JavaScript has it: units of 16 bits.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::routing {

/// The encoding of a text's bytes. Node.js reads request fields as Latin-1.
enum class Encoding : std::uint8_t { utf8, latin1 };

struct Utf16Text {
  std::u16string units;
  /// The offset of each unit's bytes, and finally the total size; empty where each unit is one
  /// byte. Both units of a surrogate pair have the same offset.
  std::vector<std::uint32_t> places;

  /// Returns the offset of the byte that a unit begins with.
  [[nodiscard]] std::size_t place(std::size_t unit) const {
    return places.empty() ? unit : places[unit];
  }
};

/// Invalid UTF-8 becomes U+FFFD as in the Encoding Standard, one for each maximal part of a
/// truncated code point.
[[nodiscard]] Utf16Text utf16_of(std::string_view bytes, Encoding encoding);

/// Converts Latin-1 to UTF-8.
[[nodiscard]] std::string utf8_of_latin1(std::string_view bytes);

}  // namespace millrace::routing
