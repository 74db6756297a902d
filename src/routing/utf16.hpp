// Text as JavaScript has it: units of 16 bits, made of what travels as bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::routing {

/// What the bytes of a text mean. Node.js reads fields of requests as Latin-1.
enum class Encoding : std::uint8_t { utf8, latin1 };

struct Utf16Text {
  std::u16string units;
  /// Where each unit's bytes begin, and at last the size of all; empty where a unit is a byte. Both
  /// units of a surrogate pair begin where its bytes do.
  std::vector<std::uint32_t> places;

  /// The byte that a unit begins with.
  [[nodiscard]] std::size_t place(std::size_t unit) const {
    return places.empty() ? unit : places[unit];
  }
};

/// Bytes that are no UTF-8 become U+FFFD as the Encoding Standard says, one for each part of a code
/// point that is cut short.
[[nodiscard]] Utf16Text utf16_of(std::string_view bytes, Encoding encoding);

/// Latin-1 as UTF-8.
[[nodiscard]] std::string utf8_of_latin1(std::string_view bytes);

}  // namespace millrace::routing
