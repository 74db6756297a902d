// Described structs as JSON: the text of append_json and the value of to_json are compared with
// each other and with the output of JSON.stringify.
#include "millrace/json.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

namespace {

enum class Color { red, green };
BOOST_DESCRIBE_ENUM(Color, red, green)

struct Point {
  int x = 0;
  std::optional<double> y;
};
BOOST_DESCRIBE_STRUCT(Point, (), (x, y))

struct Named {
  std::string name;
};
BOOST_DESCRIBE_STRUCT(Named, (), (name))

struct Drawing : Named {
  Color color = Color::green;
  bool visible = true;
  std::vector<Point> points;
  std::map<std::string, std::optional<int>> marks;
  std::variant<int, std::string, Point> origin;
  millrace::json::value extra;
  std::vector<bool> bits;
  std::vector<std::optional<int>> holes;
};
BOOST_DESCRIBE_STRUCT(Drawing, (Named), (color, visible, points, marks, origin, extra, bits, holes))

struct Empty {};
BOOST_DESCRIBE_STRUCT(Empty, (), ())

/// The text, after checking that the value is the same.
template <class T>
std::string both(const T& value) {
  const std::string text = millrace::to_json_text(value);
  EXPECT_EQ(millrace::to_json_text(millrace::to_json(value)), text);
  const millrace::detail::JsonText read = millrace::detail::parse_json(text);
  EXPECT_TRUE(read.value.has_value()) << text << ": " << read.error;
  if (!read.value) return text;
  EXPECT_EQ(millrace::to_json_text(*read.value), text);
  return text;
}

}  // namespace

TEST(Json, WritesDescribedStructs) {
  Drawing drawing;
  drawing.name = "a \"house\"";
  drawing.points = {{1, 2.5}, {3, {}}};
  drawing.marks = {{"door", 1}, {"roof", {}}};
  drawing.origin = "here";
  drawing.extra = {{"deep", {1, nullptr, true}}};
  drawing.bits = {true, false};
  drawing.holes = {1, {}};
  EXPECT_EQ(both(drawing),
            R"({"name":"a \"house\"","color":"green","visible":true,)"
            R"("points":[{"x":1,"y":2.5},{"x":3}],"marks":{"door":1},"origin":"here",)"
            R"("extra":{"deep":[1,null,true]},"bits":[true,false],"holes":[1,null]})");
}

TEST(Json, WritesValuesThatAreNotStructs) {
  EXPECT_EQ(both(Empty{}), "{}");
  EXPECT_EQ(both(std::vector<int>{}), "[]");
  EXPECT_EQ(both(std::set<std::string>{"a", "b"}), R"(["a","b"])");
  EXPECT_EQ(both(std::optional<int>()), "null");
  EXPECT_EQ(both(std::variant<std::monostate, int>()), "null");
  EXPECT_EQ(both("text"), R"("text")");
  EXPECT_EQ(both(std::string_view("text")), R"("text")");
  EXPECT_EQ(both(Color::red), R"("red")");
  EXPECT_EQ(both(static_cast<Color>(7)), "7");
  EXPECT_EQ(both(std::tuple<int, bool>(1, false)), "[1,false]");
  EXPECT_EQ(both(millrace::json::object{{"a", 1}}), R"({"a":1})");
}

TEST(Json, EscapesAsJavaScriptDoes) {
  EXPECT_EQ(both(std::string("\"\\/\b\f\n\r\t\x01\x1f\x7f")),
            "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\"");
  EXPECT_EQ(both(std::string("a\0b", 3)), "\"a\\u0000b\"");
  EXPECT_EQ(both(std::string("ä€😀")), "\"ä€😀\"");
  // A C++ string can contain any bytes, JSON cannot.
  EXPECT_EQ(both(std::string("a\xff"
                             "b\xc3")),
            "\"a\xEF\xBF\xBD"
            "b\xEF\xBF\xBD\"");
}

TEST(Json, WritesNumbersAsJavaScriptDoes) {
  EXPECT_EQ(both(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
  EXPECT_EQ(both(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
  EXPECT_EQ(both(std::int8_t{-7}), "-7");
  EXPECT_EQ(both(std::uint8_t{200}), "200");
  EXPECT_EQ(both(0.0), "0");
  EXPECT_EQ(both(1.0), "1");
  EXPECT_EQ(both(-1.5), "-1.5");
  EXPECT_EQ(both(0.1 + 0.2), "0.30000000000000004");
  EXPECT_EQ(both(1e20), "100000000000000000000");
  EXPECT_EQ(both(1.5e300), "1.5e+300");
  EXPECT_EQ(both(1e21), "1e+21");
  EXPECT_EQ(both(0.000001), "0.000001");
  EXPECT_EQ(both(1.25e-7), "1.25e-7");
  EXPECT_EQ(both(5e-324), "5e-324");
  EXPECT_EQ(both(1.7976931348623157e308), "1.7976931348623157e+308");
  EXPECT_EQ(both(123456.789), "123456.789");
  EXPECT_EQ(both(std::nan("")), "null");
  EXPECT_EQ(both(-std::numeric_limits<double>::infinity()), "null");
  EXPECT_EQ(millrace::to_json_text(-0.0), "0");
}

TEST(Json, ReadsNumbersToTheNearestDouble) {
  for (const char* text :
       {"0.30000000000000004", "1.7976931348623157e+308", "2.2250738585072014e-308",
        "9007199254740993.5", "123456789012345680000000", "8.41e+21"}) {
    const auto read = millrace::detail::parse_json(text);
    ASSERT_TRUE(read.value.has_value()) << text;
    EXPECT_EQ(read.value->as_double(), std::strtod(text, nullptr)) << text;
  }
}

TEST(Json, WritesOneReplacementForABrokenSequence) {
  EXPECT_EQ(millrace::to_json_text(std::string("a\xE2\x82z\xFF\xF0\x9F\x92")),
            "\"a\uFFFDz\uFFFD\uFFFD\"");
}

TEST(Json, ReadsTheLastOfEqualNames) {
  EXPECT_EQ(millrace::detail::parse_json(R"({"a":1,"a":2})").value->at("a").as_int64(), 2);
}

TEST(Json, RejectsInvalidJson) {
  EXPECT_EQ(millrace::detail::parse_json("{\"a\":}").error, "syntax error at byte 6");
  EXPECT_EQ(millrace::detail::parse_json("").error, "incomplete JSON at byte 1");
  for (const char* text :
       {"[1,]", "1 2", "{'a':1}", "nul", "\"\xff\"", "[1", "\"a\nb\"", "01", "+1"}) {
    EXPECT_FALSE(millrace::detail::parse_json(text).value.has_value()) << text;
  }
}

TEST(Json, LimitsTheDepth) {
  const std::string deep(100'000, '[');
  EXPECT_FALSE(millrace::detail::parse_json(deep).value.has_value());
  const std::string fits = std::string(99, '[') + std::string(99, ']');
  EXPECT_TRUE(millrace::detail::parse_json(fits).value.has_value());
}
