// What append_json is made of: the pieces of JSON text that need no templates, in the library. Text
// is as JSON.stringify writes it: compact, numbers in JavaScript's shortest form.
#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::detail {

/// Appends a quoted string. What is no UTF-8 becomes U+FFFD: the text is JSON whatever comes.
void append_string(std::string& out, std::string_view text);

void append_integer(std::string& out, std::int64_t value);
void append_integer(std::string& out, std::uint64_t value);

/// NaN and infinity become null.
void append_number(std::string& out, double value);

/// As String(value) in JavaScript: "NaN" and "Infinity" too.
[[nodiscard]] std::string number_text(double value);

void append_value(std::string& out, const boost::json::value& value);

/// What became of a JSON text.
struct JsonText {
  /// None where the text is no JSON.
  std::optional<boost::json::value> value;
  /// What is wrong with it, and where.
  std::string error;
};

/// Levels of arrays and objects within each other that a text may have: deeper ones end on the
/// stack.
constexpr std::size_t kMaxDepth = 100;

/// Reads a JSON text as JSON.parse does: numbers to the nearest double, the last of equal names.
/// `storage`: what the value lives in.
[[nodiscard]] JsonText parse_json(std::string_view text, boost::json::storage_ptr storage = {});

/// The same of a body, as Request.json() does: without a byte order mark, with U+FFFD for what is no
/// UTF-8.
[[nodiscard]] JsonText parse_body_json(std::string_view text,
                                       boost::json::storage_ptr storage = {});

}  // namespace millrace::detail
