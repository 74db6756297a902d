// Sorts types by what they are in JSON, for writing and for reading. A type that matches none of
// these concepts is left to Boost.JSON's value_from.
#pragma once

#include <boost/describe/enum.hpp>
#include <boost/describe/enumerators.hpp>
#include <boost/describe/members.hpp>
#include <boost/json/value.hpp>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

namespace millrace::detail {

template <class T>
inline constexpr bool kIsOptional = false;
template <class T>
inline constexpr bool kIsOptional<std::optional<T>> = true;

template <class T>
inline constexpr bool kIsVariant = false;
template <class... T>
inline constexpr bool kIsVariant<std::variant<T...>> = true;

/// A type of Boost.JSON itself.
template <class T>
concept JsonItself = std::same_as<T, boost::json::value> || std::same_as<T, boost::json::object> ||
    std::same_as<T, boost::json::array>;

template <class T>
concept Text =
    std::convertible_to<const T&, std::string_view> && !JsonItself<T> && !std::is_null_pointer_v<T>;

template <class T>
concept DescribedEnum = std::is_enum_v<T> && boost::describe::has_describe_enumerators<T>::value;

template <class T>
concept DescribedStruct = std::is_class_v<T> && boost::describe::has_describe_members<T>::value;

template <class T>
concept Map = !JsonItself<T> && !Text<T> && requires(const T& map) {
  typename T::key_type;
  typename T::mapped_type;
  map.begin();
  requires Text<typename T::key_type>;
};

template <class T>
concept List = !JsonItself<T> && !Text<T> && !Map<T> && requires(const T& list) {
  list.begin();
  list.end();
  typename T::const_reference;
};

/// The public members, those of described bases first.
template <class T>
using MembersOf = boost::describe::describe_members<T, boost::describe::mod_public |
                                                           boost::describe::mod_inherited>;

template <DescribedEnum E>
using EnumeratorsOf = boost::describe::describe_enumerators<E>;

/// The name of an enumerator; null for a value without a name.
template <DescribedEnum E>
const char* name_of(E value) {
  const char* found = nullptr;
  [&]<template <class...> class L, class... D>(L<D...>*) {
    (void)((D::value == value && (found = D::name, true)) || ...);
  }(static_cast<EnumeratorsOf<E>*>(nullptr));
  return found;
}

}  // namespace millrace::detail
