#include "routing/utf16.hpp"

#include <algorithm>
#include <cstddef>

namespace millrace::routing {

namespace {

constexpr std::uint32_t kReplacement = 0xFFFD;

/// A code point and the number of its bytes.
struct Decoded {
  std::uint32_t code;
  std::size_t size;
};

/// Decodes the beginning of `bytes`, which must not be empty, as the Encoding Standard does: a
/// truncated sequence is replaced as a whole, and the byte that interrupts it is decoded anew.
Decoded first_code_point(std::string_view bytes) {
  const auto byte_at = [bytes](std::size_t at) {
    return at < bytes.size() ? static_cast<std::uint8_t>(bytes[at]) : std::uint8_t{0};
  };
  const std::uint8_t first = byte_at(0);
  if (first < 0x80) return {first, 1};
  if (first < 0xC2 || first > 0xF4) return {kReplacement, 1};
  const std::size_t size = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  std::uint8_t lowest = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  std::uint8_t highest = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  std::uint32_t code = first & (0xFFU >> (size + 1));
  for (std::size_t at = 1; at < size; ++at) {
    const std::uint8_t next = byte_at(at);
    if (next < lowest || next > highest) return {kReplacement, at};
    code = code << 6U | (next & 0x3FU);
    lowest = 0x80;
    highest = 0xBF;
  }
  return {code, size};
}

bool is_ascii(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(),
                     [](char byte) { return static_cast<std::uint8_t>(byte) < 0x80; });
}

}  // namespace

Utf16Text utf16_of(std::string_view bytes, Encoding encoding) {
  Utf16Text text;
  if (encoding == Encoding::latin1 || is_ascii(bytes)) {
    text.units.resize(bytes.size());
    std::transform(bytes.begin(), bytes.end(), text.units.begin(), [](char byte) {
      return static_cast<char16_t>(static_cast<std::uint8_t>(byte));
    });
    return text;
  }
  text.units.reserve(bytes.size());
  text.places.reserve(bytes.size() + 1);
  std::size_t place = 0;
  while (place < bytes.size()) {
    const Decoded decoded = first_code_point(bytes.substr(place));
    const auto add = [&](std::uint32_t unit) {
      text.units += static_cast<char16_t>(unit);
      text.places.push_back(static_cast<std::uint32_t>(place));
    };
    if (decoded.code < 0x10000) {
      add(decoded.code);
    } else {
      add(0xD800 + ((decoded.code - 0x10000) >> 10U));
      add(0xDC00 + ((decoded.code - 0x10000) & 0x3FFU));
    }
    place += decoded.size;
  }
  text.places.push_back(static_cast<std::uint32_t>(place));
  return text;
}

std::string utf8_of_latin1(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  for (const char byte : bytes) {
    const auto code = static_cast<std::uint8_t>(byte);
    if (code < 0x80) {
      text += byte;
    } else {
      text += static_cast<char>(0xC0U | code >> 6U);
      text += static_cast<char>(0x80U | (code & 0x3FU));
    }
  }
  return text;
}

}  // namespace millrace::routing
