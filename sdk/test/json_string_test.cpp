#include <gtest/gtest.h>

#include <string>

#include "millrace/json.hpp"

namespace millrace {
namespace {

/// The text with the escapes of JSON.stringify, byte by byte; for ASCII.
std::string expected(const std::string& text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  constexpr std::string_view kShort = "\"\\\b\f\n\r\t";
  constexpr std::string_view kLetters = "\"\\bfnrt";
  std::string out = "\"";
  for (const char letter : text) {
    const auto place = kShort.find(letter);
    if (place != std::string_view::npos) {
      out.append("\\").append(1, kLetters[place]);
    } else if (letter < 0x20) {
      out.append("\\u00").append(1, kDigits[static_cast<unsigned>(letter) >> 4U]);
      out.append(1, kDigits[static_cast<unsigned>(letter) & 15U]);
    } else {
      out += letter;
    }
  }
  return out + '"';
}

TEST(JsonString, EscapesEveryByteAtEveryPositionInAWord) {
  for (std::size_t size = 1; size <= 17; ++size) {
    for (std::size_t place = 0; place < size; ++place) {
      for (int byte = 0; byte < 0x80; ++byte) {
        std::string text(size, 'a');
        text[place] = static_cast<char>(byte);
        ASSERT_EQ(to_json_text(text), expected(text)) << byte << " at " << place << " of " << size;
      }
    }
  }
}

TEST(JsonString, EscapesAdjacentBytes) {
  for (const std::string text :
       {"\"\"\"\"\"\"\"\"", "\x1f\x1f ab\\\"c\"", "ab\x7f!#[]\x20", "!!!!!!!!"}) {
    EXPECT_EQ(to_json_text(text), expected(text));
  }
  EXPECT_EQ(to_json_text(std::string("aaaaaaa\xC3\xA4")), "\"aaaaaaa\xC3\xA4\"");
  EXPECT_EQ(to_json_text(std::string("aaaaaaaa\xFF")), "\"aaaaaaaa\xEF\xBF\xBD\"");
}

}  // namespace
}  // namespace millrace
