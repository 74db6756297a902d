// Converts structs described with Boost.Describe to JSON and back: a JSON object with one member
// for each struct member. Reading reports which member is wrong, what was expected and what was
// found.
#pragma once

#include <boost/describe/members.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_from.hpp>
#include <boost/mp11/algorithm.hpp>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "project/json_reader.hpp"

namespace millrace::serving::json_members {

/// Why a value could not be read, for a message; absent on success.
using Fault = std::optional<std::string>;

template <typename T>
concept Described = boost::describe::has_describe_members<T>::value;

template <typename T>
using MembersOf = boost::describe::describe_members<T, boost::describe::mod_public>;

[[nodiscard]] inline Fault fault_at(std::string_view place, std::string_view expected,
                                    const boost::json::value& found) {
  return "\"" + std::string(place) + "\": expected " + std::string(expected) + ", found " +
         std::string(project::kind_name(found));
}

[[nodiscard]] inline Fault read(const boost::json::value& value, std::string_view place,
                                std::string& to) {
  if (!value.is_string()) return fault_at(place, "a string", value);
  to = std::string(value.get_string());
  return std::nullopt;
}

template <typename Number>
requires std::is_arithmetic_v<Number>
[[nodiscard]] Fault read(const boost::json::value& value, std::string_view place, Number& to) {
  boost::system::error_code failed;
  // Where an integer is expected, a fraction, a negative number and a number out of range are
  // errors.
  if (value.is_number()) to = value.to_number<Number>(failed);
  if (!value.is_number() || failed) {
    return fault_at(place,
                    std::is_floating_point_v<Number> ? "a number"
                    : std::is_signed_v<Number>       ? "an integer"
                                                     : "an integer of 0 or more",
                    value);
  }
  return std::nullopt;
}

template <Described T>
[[nodiscard]] Fault read_members(const boost::json::object& object, std::string_view place, T& to);

template <Described T>
[[nodiscard]] Fault read(const boost::json::value& value, std::string_view place, T& to) {
  if (!value.is_object()) return fault_at(place, "an object", value);
  return read_members(value.get_object(), place, to);
}

template <typename T>
[[nodiscard]] Fault read(const boost::json::value& value, std::string_view place,
                         std::vector<T>& to) {
  if (!value.is_array()) return fault_at(place, "an array", value);
  to.clear();
  for (const boost::json::value& item : value.get_array()) {
    const std::string inner = std::string(place) + "[" + std::to_string(to.size()) + "]";
    if (auto fault = read(item, inner, to.emplace_back())) return fault;
  }
  return std::nullopt;
}

/// Every member of `to` must be present; other members of `object` are ignored. `place` names the
/// object in messages; empty for the top level.
template <Described T>
[[nodiscard]] Fault read_members(const boost::json::object& object, std::string_view place, T& to) {
  Fault fault;
  boost::mp11::mp_for_each<MembersOf<T>>([&](auto member) {
    if (fault) return;
    const std::string inner = std::string(place) + (place.empty() ? "" : ".") + member.name;
    const boost::json::value* const found = object.if_contains(member.name);
    fault = found == nullptr ? Fault("\"" + inner + "\" is missing")
                             : read(*found, inner, to.*member.pointer);
  });
  return fault;
}

/// Returns whether `T` has a member of that name.
template <Described T>
[[nodiscard]] bool has_member(std::string_view name) {
  bool found = false;
  boost::mp11::mp_for_each<MembersOf<T>>(
      [&](auto member) { found = found || name == member.name; });
  return found;
}

template <Described T>
[[nodiscard]] boost::json::object write(const T& from) {
  boost::json::object object;
  boost::mp11::mp_for_each<MembersOf<T>>(
      [&](auto member) { object[member.name] = boost::json::value_from(from.*member.pointer); });
  return object;
}

}  // namespace millrace::serving::json_members
