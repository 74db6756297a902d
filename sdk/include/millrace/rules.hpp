// The rules that a struct's member can have, by the member's type. Each returns the same object,
// for chaining. The last argument, where given, replaces zod's message. Rules are checked in the
// order in which they are stated, and all that fail are reported.
#pragma once

#include <cstddef>
#include <functional>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <vector>

#include "millrace/detail/plan.hpp"

namespace millrace {

/// The rules for members of any type. `Self` is the class that derives.
template <class Self>
class CommonRules {
 public:
  explicit CommonRules(detail::FieldPlan& plan) : plan_(&plan) {}

  /// An absent member keeps the value of its initialiser: zod's default().
  Self& defaulted() { return detail::set_defaulted(*plan_), self(); }

  /// For a std::optional: null counts as absent, as with zod's nullish().
  Self& nullable() { return detail::set_nullable(*plan_), self(); }

  /// The message for all errors of the value itself, absence included, that have no message of
  /// their own.
  Self& message(std::string_view text) { return detail::set_message(*plan_, text), self(); }

 protected:
  [[nodiscard]] detail::FieldPlan& plan() const { return *plan_; }

 private:
  Self& self() { return static_cast<Self&>(*this); }

  detail::FieldPlan* plan_;
};

/// Rules for booleans, enums, structs and other types without rules of their own.
class ValueRules : public CommonRules<ValueRules> {
  using CommonRules::CommonRules;
};

/// Rules for strings. Lengths count code points, as zod's do.
class StringRules : public CommonRules<StringRules> {
 public:
  using CommonRules::CommonRules;

  StringRules& min(std::size_t length, std::string_view message = {});
  StringRules& max(std::size_t length, std::string_view message = {});
  StringRules& length(std::size_t length, std::string_view message = {});
  StringRules& nonempty(std::string_view message = {}) { return min(1, message); }
  StringRules& email(std::string_view message = {});
  /// A URL that `new URL()` accepts; surrounding whitespace is removed.
  StringRules& url(std::string_view message = {});
  StringRules& uuid(std::string_view message = {});
  /// The pattern must match somewhere in the text, as with RegExp's test() without flags. Throws
  /// std::invalid_argument for an invalid pattern. A text does not match where matching exceeds its
  /// limits: eight steps per character and, for all texts of an input together, ten million more
  /// (about a tenth of a second), or 64 MB of memory for backtracking, which ^(a|b)*$ needs for
  /// some 500,000 characters. A text of more than 1,000 bytes that max() or length() rejects is not
  /// searched and does not match.
  StringRules& regex(std::string_view pattern, std::string_view message = {});
  StringRules& starts_with(std::string_view prefix, std::string_view message = {});
  StringRules& ends_with(std::string_view suffix, std::string_view message = {});
  StringRules& includes(std::string_view part, std::string_view message = {});
  /// zod's enum(): for any other value, only this rule reports an error.
  StringRules& one_of(std::initializer_list<std::string_view> values,
                      std::string_view message = {});
  /// Removes whitespace and line breaks at both ends; later rules see the trimmed text.
  StringRules& trim();
  /// `passes` can be called on any thread, also concurrently.
  StringRules& check(std::function<bool(const std::string&)> passes, std::string_view message = {});
};

/// Rules for numbers. Members of integer types accept no fractions and no values out of their
/// range, without a rule.
class NumberRules : public CommonRules<NumberRules> {
 public:
  using CommonRules::CommonRules;

  NumberRules& min(double least, std::string_view message = {});
  NumberRules& max(double most, std::string_view message = {});
  NumberRules& positive(std::string_view message = {});
  NumberRules& nonnegative(std::string_view message = {}) { return min(0, message); }
  NumberRules& negative(std::string_view message = {});
  NumberRules& multiple_of(double divisor, std::string_view message = {});
  /// For members of type double.
  NumberRules& integer(std::string_view message = {});
  /// zod's literal(): for any other value, only this rule reports an error.
  NumberRules& one_of(std::initializer_list<double> values, std::string_view message = {});
  /// `passes` can be called on any thread, also concurrently.
  NumberRules& check(std::function<bool(double)> passes, std::string_view message = {});
};

namespace detail {

enum class Bound : unsigned char { least, most, exact };

/// For strings and lists.
void require_length(FieldPlan& plan, Bound bound, std::size_t length, std::string_view message);

template <class T>
struct RulesFor;

}  // namespace detail

/// Rules for a list with items of type `T`.
template <class T>
class ListRules : public CommonRules<ListRules<T>> {
 public:
  using CommonRules<ListRules<T>>::CommonRules;

  ListRules& min(std::size_t items, std::string_view message = {}) {
    return detail::require_length(this->plan(), detail::Bound::least, items, message), *this;
  }
  ListRules& max(std::size_t items, std::string_view message = {}) {
    return detail::require_length(this->plan(), detail::Bound::most, items, message), *this;
  }
  ListRules& length(std::size_t items, std::string_view message = {}) {
    return detail::require_length(this->plan(), detail::Bound::exact, items, message), *this;
  }
  ListRules& nonempty(std::string_view message = {}) { return min(1, message); }

  /// Rules for the items, for chaining: of[&Post::tags].each().min(1).
  [[nodiscard]] auto each() {
    return typename detail::RulesFor<T>::type(detail::element_plan(this->plan()));
  }
};

/// Rules for a map with values of type `T`.
template <class T>
class MapRules : public CommonRules<MapRules<T>> {
 public:
  using CommonRules<MapRules<T>>::CommonRules;

  /// Rules for the values.
  [[nodiscard]] auto each() {
    return typename detail::RulesFor<T>::type(detail::element_plan(this->plan()));
  }
};

namespace detail {

template <class T>
struct RulesFor {
  using type = std::conditional_t<std::is_arithmetic_v<T>, NumberRules, ValueRules>;
};
template <>
struct RulesFor<bool> {
  using type = ValueRules;
};
template <>
struct RulesFor<std::string> {
  using type = StringRules;
};
template <class T>
struct RulesFor<std::optional<T>> : RulesFor<T> {};
template <class T>
struct RulesFor<std::vector<T>> {
  using type = ListRules<T>;
};
template <class T>
struct RulesFor<std::map<std::string, T>> {
  using type = MapRules<T>;
};
template <class T>
struct RulesFor<std::map<std::string, T, std::less<>>> {
  using type = MapRules<T>;
};
template <class T>
struct RulesFor<std::unordered_map<std::string, T>> {
  using type = MapRules<T>;
};

}  // namespace detail

}  // namespace millrace
