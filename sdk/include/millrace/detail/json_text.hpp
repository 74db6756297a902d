// The pieces of JSON text that append_json is composed of and that need no templates. They are in
// the library. The text is that of JSON.stringify: compact, with numbers in JavaScript's shortest
// form.
#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::detail {

/// Appends a quoted string. Bytes that are not UTF-8 become U+FFFD, so that the result is always
/// valid JSON.
void append_string(std::string& out, std::string_view text);

void append_integer(std::string& out, std::int64_t value);
void append_integer(std::string& out, std::uint64_t value);

/// Appends a number; NaN and infinity as null.
void append_number(std::string& out, double value);

/// Returns what String(value) returns in JavaScript, also "NaN" and "Infinity".
[[nodiscard]] std::string number_text(double value);

void append_value(std::string& out, const boost::json::value& value);

/// The result of parsing a JSON text.
struct JsonText {
  /// None where the text is not JSON.
  std::optional<boost::json::value> value;
  /// What is wrong with the text, and where.
  std::string error;
};

/// Maximum nesting of arrays and objects in a text, since deeper ones could overflow the stack.
constexpr std::size_t kMaxDepth = 100;

/// Parses a JSON text as JSON.parse does: numbers become the nearest double, and of members with
/// equal names the last is taken. `storage`: the memory resource of the value.
[[nodiscard]] JsonText parse_json(std::string_view text, boost::json::storage_ptr storage = {});

/// Parses the JSON of a body as Request.json() does: a byte order mark is removed, bytes that are
/// not UTF-8 become U+FFFD.
[[nodiscard]] JsonText parse_body_json(std::string_view text,
                                       boost::json::storage_ptr storage = {});

}  // namespace millrace::detail
