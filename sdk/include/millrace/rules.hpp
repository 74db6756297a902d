// The rules that a member of a struct can have, by the member's type. Each returns the same object,
// so that they are chained; a last argument, where given, replaces zod's message. Rules are judged
// in the order in which they stand, and all that fail are told.
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

/// What every member can have. `Self` is the class that derives.
template <class Self>
class CommonRules {
 public:
  explicit CommonRules(detail::FieldPlan& plan) : plan_(&plan) {}

  /// An absent member keeps its initialiser's value: zod's default().
  Self& otherwise() { return detail::set_defaulted(*plan_), self(); }

  /// Of a std::optional: null counts as absent: zod's nullish().
  Self& nullable() { return detail::set_nullable(*plan_), self(); }

  /// For everything wrong with the value itself, absence included, that has no message of its own.
  Self& message(std::string_view text) { return detail::set_message(*plan_, text), self(); }

 protected:
  [[nodiscard]] detail::FieldPlan& plan() const { return *plan_; }

 private:
  Self& self() { return static_cast<Self&>(*this); }

  detail::FieldPlan* plan_;
};

/// Of booleans, enums, structs and the rest.
class ValueRules : public CommonRules<ValueRules> {
  using CommonRules::CommonRules;
};

/// Lengths count code points, as zod's do.
class StringRules : public CommonRules<StringRules> {
 public:
  using CommonRules::CommonRules;

  StringRules& min(std::size_t length, std::string_view message = {});
  StringRules& max(std::size_t length, std::string_view message = {});
  StringRules& length(std::size_t length, std::string_view message = {});
  StringRules& nonempty(std::string_view message = {}) { return min(1, message); }
  StringRules& email(std::string_view message = {});
  /// What `new URL()` takes; blanks around it are taken away.
  StringRules& url(std::string_view message = {});
  StringRules& uuid(std::string_view message = {});
  /// Somewhere in the text, as RegExp's test() without flags. Throws std::invalid_argument for a
  /// pattern that is none. A text on which the pattern takes too long does not match: more than
  /// eight steps a letter and, for all texts of an input together, ten million, which are about a
  /// tenth of a second; or more than 64 MB for the ways back, as ^(a|b)*$ on some 500,000 letters.
  /// Nor does one of more than 1,000 bytes that max() or length() refuses: it is not searched.
  StringRules& regex(std::string_view pattern, std::string_view message = {});
  StringRules& starts_with(std::string_view prefix, std::string_view message = {});
  StringRules& ends_with(std::string_view suffix, std::string_view message = {});
  StringRules& includes(std::string_view part, std::string_view message = {});
  /// zod's enum(): anything else is told by this rule alone.
  StringRules& one_of(std::initializer_list<std::string_view> values,
                      std::string_view message = {});
  /// Takes blanks and line breaks away at both ends; rules that follow see the rest.
  StringRules& trim();
  /// `holds` runs on any thread, several at once.
  StringRules& check(std::function<bool(const std::string&)> holds, std::string_view message = {});
};

/// Members of integer types take no fractions and nothing that they cannot hold, without a rule.
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
  /// zod's literal(): anything else is told by this rule alone.
  NumberRules& one_of(std::initializer_list<double> values, std::string_view message = {});
  /// `holds` runs on any thread, several at once.
  NumberRules& check(std::function<bool(double)> holds, std::string_view message = {});
};

namespace detail {

enum class Bound : unsigned char { least, most, exact };

/// For strings and lists.
void require_length(FieldPlan& plan, Bound bound, std::size_t length, std::string_view message);

template <class T>
struct RulesFor;

}  // namespace detail

/// Of a list with items of type `T`.
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

  /// Rules of the items, to be chained: of[&Post::tags].each().min(1).
  [[nodiscard]] auto each() {
    return typename detail::RulesFor<T>::type(detail::element_plan(this->plan()));
  }
};

/// Of a map with values of type `T`.
template <class T>
class MapRules : public CommonRules<MapRules<T>> {
 public:
  using CommonRules<MapRules<T>>::CommonRules;

  /// Rules of the values.
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
