#include "http/fields.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace millrace::http {
namespace {

TEST(Fields, AreFoundCaseInsensitively) {
  constexpr std::string_view kSection = "Host: a\r\nX-One:\t two \r\nx-one: three\r\nEmpty:\r\n";
  EXPECT_EQ(find_field(kSection, "x-ONE"), "two");
  EXPECT_EQ(find_field(kSection, "empty"), "");
  EXPECT_EQ(find_field(kSection, "x"), std::nullopt);
  std::vector<std::string> names;
  for (const Field& field : FieldsView(kSection)) names.emplace_back(field.name);
  EXPECT_EQ(names, (std::vector<std::string>{"Host", "X-One", "x-one", "Empty"}));
}

TEST(Fields, IterationOverInvalidTextStaysInBounds) {
  for (const std::string_view text : {"", "a", "a:", "a: b", "\r\n", ":\r", "a: b\r\nc"}) {
    std::size_t lines = 0;
    for (const Field& field : FieldsView(text)) lines += field.name.size() < 100 ? 1 : 0;
    EXPECT_LE(lines, 1U) << text;
  }
}

TEST(Fields, AreValidatedStrictly) {
  EXPECT_TRUE(validate_fields(""));
  EXPECT_TRUE(validate_fields("a: b\r\n"));
  EXPECT_TRUE(validate_fields("a:\r\nSet-Cookie: x=\"y:z\"; Path=/\r\n"));
  EXPECT_TRUE(validate_fields("a: \xff\xfe\r\n"));
  for (const std::string_view bad :
       {"a: b", "a: b\r", "a: b\n", "a b: c\r\n", ": c\r\n", "a\r\n", "a: b\r\n\r\n",
        "a: b\nc: d\r\n", "a: b\rc: d\r\n", " a: b\r\n", "a: b\r\n c\r\n", "\xc3\xa4: b\r\n",
        "a : b\r\n"}) {
    EXPECT_FALSE(validate_fields(bad)) << testing::PrintToString(bad);
  }
  EXPECT_FALSE(validate_fields(std::string_view("a: b\0c\r\n", 8)));
}

TEST(Fields, TokensInLists) {
  EXPECT_TRUE(has_token("a, B ,c", "b"));
  EXPECT_TRUE(has_token("no-cache", "no-cache"));
  EXPECT_FALSE(has_token("ab, c", "b"));
  EXPECT_FALSE(has_token("", "b"));
}

}  // namespace
}  // namespace millrace::http
