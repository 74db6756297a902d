// Finds where a struct states its rules. Rules that would be ignored silently, because `static` is
// missing or because they are those of a base, are compile errors.
#pragma once

#include <boost/describe/bases.hpp>
#include <boost/describe/members.hpp>
#include <string_view>
#include <type_traits>

#include "millrace/detail/json_kind.hpp"

namespace millrace {

template <class T>
class Schema;

namespace detail {

struct AlsoRules {
  int rules;
};
template <class T>
struct WithRules : T, AlsoRules {};

/// Whether `T` has a member named `rules` of any kind: then WithRules has two, and naming it is
/// ambiguous.
template <class T>
inline constexpr bool kNamesRules = !requires {
  &WithRules<T>::rules;
};
template <class T>
requires std::is_final_v<T>
inline constexpr bool kNamesRules<T> = requires { &T::rules; };

/// Whether that member is data, as in a struct that contains a list of rules.
template <class T>
consteval bool holds_rules() {
  namespace describe = boost::describe;
  bool found = false;
  if constexpr (requires { &T::rules; }) {
    found = std::is_member_object_pointer_v<decltype(&T::rules)>;
  }
  using All = describe::describe_members<T, describe::mod_any_access | describe::mod_inherited>;
  [&found]<template <class...> class L, class... D>(L<D...>*) {
    found = found || ((std::string_view(D::name) == "rules") || ...);
  }(static_cast<All*>(nullptr));
  return found;
}

template <class T>
concept MemberRules = requires(Schema<T>& of) {
  T::rules(of);
};

template <class T>
concept RulesBeside = !std::is_abstract_v<T> && requires(Schema<T> & of) {
  rules(of);
};

template <class T>
consteval bool base_has_rules();

enum class RulesPlace : unsigned char { nowhere, member, beside, unusable, base };

template <class T>
consteval RulesPlace find_rules() {
  if constexpr (kNamesRules<T>) {
    if constexpr (!holds_rules<T>()) {
      return MemberRules<T> ? RulesPlace::member : RulesPlace::unusable;
    }
  }
  if constexpr (RulesBeside<T>) return RulesPlace::beside;
  return base_has_rules<T>() ? RulesPlace::base : RulesPlace::nowhere;
}

template <class T>
consteval bool base_has_rules() {
  namespace describe = boost::describe;
  return []<template <class...> class L, class... D>(L<D...>*) {
    return ((find_rules<typename D::type>() != RulesPlace::nowhere) || ...);
  }(static_cast<describe::describe_bases<T, describe::mod_any_access>*>(nullptr));
}

}  // namespace detail

}  // namespace millrace
