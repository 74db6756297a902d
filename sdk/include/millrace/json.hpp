// JSON for routes: the values of Boost.JSON, and C++ values written as JSON. A struct needs a
// BOOST_DESCRIBE_STRUCT, an enum a BOOST_DESCRIBE_ENUM. validation.hpp reads them.
#pragma once

#include <boost/describe.hpp>
#include <boost/json.hpp>
#include <string>
#include <string_view>
#include <type_traits>

#include "millrace/detail/json_kind.hpp"
#include "millrace/detail/json_text.hpp"

namespace millrace {

namespace json = boost::json;

/// Appends `value` as JSON.stringify writes it: described structs and enums, numbers, strings,
/// optionals, ranges, maps with string keys, variants, values of Boost.JSON, and what
/// json::value_from accepts. An empty optional is omitted from objects and null elsewhere; NaN and
/// infinity are null; an enumerator is written as its name.
template <class T>
void append_json(std::string& out, const T& value);

/// Returns `value` converted in the same way to a Boost.JSON value.
template <class T>
[[nodiscard]] json::value to_json(const T& value);

/// Returns `value` as a JSON text.
template <class T>
[[nodiscard]] std::string to_json_text(const T& value) {
  std::string text;
  append_json(text, value);
  return text;
}

namespace detail {

template <class T>
bool is_absent([[maybe_unused]] const T& value) {
  if constexpr (kIsOptional<T>) {
    return !value.has_value();
  } else {
    return false;
  }
}

/// Calls `visit(name, value)` for each member that is not an empty optional.
template <class T, class Visit>
void each_member(const T& value, Visit&& visit) {
  if constexpr (DescribedStruct<T>) {
    [&]<template <class...> class L, class... D>(L<D...>*) {
      ((is_absent(value.*D::pointer) ? void() : visit(D::name, value.*D::pointer)), ...);
    }(static_cast<MembersOf<T>*>(nullptr));
  } else {
    for (const auto& [name, member] : value) {
      if (!is_absent(member)) visit(std::string_view(name), member);
    }
  }
}

template <class T>
void append_object(std::string& out, const T& value) {
  out += '{';
  each_member(value, [&out, first = true](std::string_view name, const auto& member) mutable {
    if (!first) out += ',';
    first = false;
    if constexpr (DescribedStruct<T>) {
      // A C++ identifier contains nothing to escape.
      out.append("\"").append(name).append("\":");
    } else {
      append_string(out, name);
      out += ':';
    }
    append_json(out, member);
  });
  out += '}';
}

template <class T>
void append_array(std::string& out, const T& list) {
  out += '[';
  bool first = true;
  for (typename T::const_reference item : list) {
    if (!first) out += ',';
    first = false;
    append_json(out, item);
  }
  out += ']';
}

template <class T>
json::value object_value(const T& value) {
  json::object object;
  each_member(value, [&object](std::string_view name, const auto& member) {
    object.insert_or_assign(name, to_json(member));
  });
  return object;
}

template <class T>
json::value array_value(const T& list) {
  json::array array;
  for (typename T::const_reference item : list) {
    array.push_back(to_json(item));
  }
  return array;
}

template <class T>
json::value enum_value(T value) {
  if constexpr (DescribedEnum<T>) {
    if (const char* name = name_of(value)) return json::string(name);
  }
  return json::value_from(static_cast<std::underlying_type_t<T>>(value));
}

template <class T>
auto wide_integer(T value) {
  if constexpr (std::is_signed_v<T>) {
    return static_cast<std::int64_t>(value);
  } else {
    return static_cast<std::uint64_t>(value);
  }
}

}  // namespace detail

template <class T>
void append_json(std::string& out, const T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    out += value ? "true" : "false";
  } else if constexpr (std::is_integral_v<T>) {
    detail::append_integer(out, detail::wide_integer(value));
  } else if constexpr (std::is_floating_point_v<T>) {
    detail::append_number(out, static_cast<double>(value));
  } else if constexpr (detail::Text<T>) {
    detail::append_string(out, value);
  } else if constexpr (std::is_enum_v<T>) {
    detail::append_value(out, detail::enum_value(value));
  } else if constexpr (detail::kIsOptional<T>) {
    value ? append_json(out, *value) : void(out += "null");
  } else if constexpr (detail::kIsVariant<T>) {
    std::visit([&out](const auto& alternative) { append_json(out, alternative); }, value);
  } else if constexpr (std::is_same_v<T, std::monostate>) {
    out += "null";
  } else if constexpr (detail::DescribedStruct<T> || detail::Map<T>) {
    detail::append_object(out, value);
  } else if constexpr (detail::List<T>) {
    detail::append_array(out, value);
  } else if constexpr (std::is_same_v<T, json::value>) {
    detail::append_value(out, value);
  } else {
    detail::append_value(out, json::value_from(value));
  }
}

template <class T>
json::value to_json(const T& value) {
  if constexpr (std::is_floating_point_v<T>) {
    // JSON has no infinity; the result matches that of append_json.
    return value - value == 0 ? json::value(static_cast<double>(value)) : json::value(nullptr);
  } else if constexpr (std::is_same_v<T, bool>) {
    return value;
  } else if constexpr (std::is_integral_v<T>) {
    return detail::wide_integer(value);
  } else if constexpr (detail::Text<T>) {
    return json::string(std::string_view(value));
  } else if constexpr (std::is_enum_v<T>) {
    return detail::enum_value(value);
  } else if constexpr (detail::kIsOptional<T>) {
    return value ? to_json(*value) : json::value(nullptr);
  } else if constexpr (detail::kIsVariant<T>) {
    return std::visit([](const auto& alternative) { return to_json(alternative); }, value);
  } else if constexpr (std::is_same_v<T, std::monostate>) {
    return nullptr;
  } else if constexpr (detail::DescribedStruct<T> || detail::Map<T>) {
    return detail::object_value(value);
  } else if constexpr (detail::List<T>) {
    return detail::array_value(value);
  } else {
    return json::value_from(value);
  }
}

}  // namespace millrace
