#include "validation/form_value.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <limits>
#include <optional>
#include <string_view>

#include "text/text_formats.hpp"

namespace millrace::detail {

namespace {

using boost::json::object;
using boost::json::value;

const Type& without_optional(const Type& type) {
  return type.kind == Kind::optional ? without_optional(*type.element) : type;
}

template <class T>
std::optional<T> parse_integer(std::string_view text) {
  T number{};
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
  return number;
}

/// The value of a decimal number outside the range of doubles: zero or an infinity, as in
/// JavaScript.
double beyond_doubles(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const std::size_t mark = text.find_first_of("eE");
  const std::string_view digits = text.substr(0, mark);
  const std::size_t point = std::min(digits.find('.'), digits.size());
  const std::size_t first = std::min(digits.find_first_of("123456789"), digits.size());
  std::string_view exponent = mark == std::string_view::npos ? "" : text.substr(mark + 1);
  if (exponent.starts_with('+')) exponent.remove_prefix(1);
  std::int64_t power = 0;
  const auto read = std::from_chars(exponent.data(), exponent.data() + exponent.size(), power);
  // No input has so many digits that they could offset such an exponent.
  const bool tiny =
      read.ec == std::errc::result_out_of_range
          ? exponent.starts_with('-')
          : power + static_cast<std::int64_t>(point) <= static_cast<std::int64_t>(first);
  const double value = tiny ? 0 : std::numeric_limits<double>::infinity();
  return negative ? -value : value;
}

value number_of(std::string_view text) {
  const double none = std::numeric_limits<double>::quiet_NaN();
  if (text.find_first_not_of("0123456789.eE+-") != std::string_view::npos) return none;
  if (text.starts_with('+')) text.remove_prefix(1);
  if (text.starts_with("+") || text.starts_with("-+")) return none;
  if (const auto integer = parse_integer<std::int64_t>(text)) return *integer;
  if (const auto integer = parse_integer<std::uint64_t>(text)) return *integer;
  double number = none;
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  if (read.ptr != end || read.ec == std::errc::invalid_argument) return none;
  return read.ec == std::errc() ? number : beyond_doubles(text);
}

value boolean_of(std::string_view text) {
  constexpr std::array<std::string_view, 4> kTrue = {"true", "on", "1", "yes"};
  constexpr std::array<std::string_view, 4> kFalse = {"false", "off", "0", "no"};
  if (std::find(kTrue.begin(), kTrue.end(), text) != kTrue.end()) return true;
  if (std::find(kFalse.begin(), kFalse.end(), text) != kFalse.end()) return false;
  return boost::json::string(text);
}

/// None where the text counts as absent.
std::optional<value> value_of(std::string_view text, const Type& type) {
  const bool number = type.kind == Kind::integer || type.kind == Kind::real;
  if (!number && type.kind != Kind::boolean) return value(boost::json::string(text));
  text = trim_space(text);
  if (text.empty()) return std::nullopt;
  return number ? number_of(text) : boolean_of(text);
}

const Type* member_type(const Type& type, std::string_view name) {
  if (type.kind == Kind::record) return type.element;
  if (type.kind != Kind::object) return nullptr;
  for (std::size_t i = 0; i < type.object->count; ++i) {
    if (type.object->members[i].name == name) return type.object->members[i].type;
  }
  return nullptr;
}

void put(object& into, const Type& type, std::string_view name, std::string_view text) {
  const std::size_t dot = name.find('.');
  const Type* outer = dot == std::string_view::npos || type.kind == Kind::record
                          ? nullptr
                          : member_type(type, name.substr(0, dot));
  if (outer != nullptr) {
    const Type& inner = without_optional(*outer);
    if (inner.kind != Kind::object && inner.kind != Kind::record) return;
    value& nested = into[name.substr(0, dot)];
    if (!nested.is_object()) nested.emplace_object();
    return put(nested.get_object(), inner, name.substr(dot + 1), text);
  }
  const Type* found = member_type(type, name);
  if (found == nullptr) {
    into[name] = text;
    return;
  }
  const Type& leaf = without_optional(*found);
  const bool list = leaf.kind == Kind::list || leaf.kind == Kind::booleans;
  std::optional<value> made = value_of(text, list ? without_optional(*leaf.element) : leaf);
  if (!made) return;
  value& place = into[name];
  if (!list) {
    place = std::move(*made);
    return;
  }
  if (!place.is_array()) place.emplace_array();
  place.get_array().push_back(std::move(*made));
}

}  // namespace

value form_value(const std::vector<std::pair<std::string, std::string>>& entries,
                 const Type& type) {
  object all;
  for (const auto& [name, text] : entries) put(all, without_optional(type), name, text);
  return all;
}

}  // namespace millrace::detail
