// Reads JSON and forms into described structs and checks the rules that a struct states in its
// `rules`, as zod does in JavaScript. The result is a valid value or a list of all errors.
// docs/native-validation.md is the guide.
#pragma once

#include <boost/json/value.hpp>
#include <concepts>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "millrace/detail/find_rules.hpp"
#include "millrace/detail/plan.hpp"
#include "millrace/detail/read_type.hpp"
#include "millrace/rules.hpp"
#include "millrace/validation_errors.hpp"

namespace millrace {

class FormData;
class QueryParameters;
class Request;

/// A valid value, or the errors of the input.
template <class T>
class [[nodiscard]] Parsed {
 public:
  explicit Parsed(T value) : value_(std::move(value)) {}
  explicit Parsed(ValidationErrors errors) : errors_(std::move(errors)) {}

  explicit operator bool() const { return value_.has_value(); }

  /// Requires a value.
  [[nodiscard]] const T& operator*() const& { return *value_; }
  [[nodiscard]] T& operator*() & { return *value_; }
  /// Returns by value, so that the result can be bound to a reference.
  [[nodiscard]] T operator*() && { return *std::move(value_); }
  [[nodiscard]] const T* operator->() const& { return &*value_; }
  [[nodiscard]] T* operator->() & { return &*value_; }
  const T* operator->() const&& = delete;

  /// Empty where there is a value.
  [[nodiscard]] const ValidationErrors& errors() const& { return errors_; }
  [[nodiscard]] ValidationErrors errors() && { return std::move(errors_); }

 private:
  std::optional<T> value_;
  ValidationErrors errors_;
};

/// The argument of a struct's `static void rules(millrace::Schema<T>& of)`, or of a free function
/// `void rules(millrace::Schema<T>& of)` beside it. The function is called once, before the first
/// value of the type is read; all threads share the functions that it passes to rules. The rules of
/// bases are not inherited: a struct states its own, which can also be for members of bases.
template <class T>
class Schema {
 public:
  Schema(detail::ObjectPlan& plan, const detail::ObjectType& type) : plan_(plan), type_(type) {}

  /// The rules of a member. Throws std::invalid_argument where the member is not described.
  // A struct's rules may precede its description, so this function must not require the latter.
  template <class M, class C>
  requires std::derived_from<T, C>
  [[nodiscard]] typename detail::RulesFor<M>::type operator[](M C::*member) {
    return typename detail::RulesFor<M>::type(
        detail::field_at(plan_, type_, &probe_, &(probe_.*member)));
  }

  /// Reports members that are not described as issues; without this they are ignored.
  Schema& strict() { return detail::set_strict(plan_), *this; }

  /// Adds a check of the whole struct: `check` takes a const T& and returns a
  /// std::optional<FieldError>. It is called where all members could be read, also where some of
  /// their rules failed. It can be called on any thread, also concurrently.
  template <class Check>
  Schema& check(Check check) {
    if constexpr (std::is_empty_v<Check> && std::is_default_constructible_v<Check>) {
      detail::add_check(plan_, detail::PlainCheck([](const void* value) {
                          return std::optional<FieldError>(Check()(*static_cast<const T*>(value)));
                        }));
    } else {
      detail::add_check(plan_, std::function<std::optional<FieldError>(const void*)>(
                                   [check = std::move(check)](const void* value) {
                                     return check(*static_cast<const T*>(value));
                                   }));
    }
    return *this;
  }

 private:
  detail::ObjectPlan& plan_;
  const detail::ObjectType& type_;
  /// Serves to find members by their address.
  T probe_{};
};

namespace detail {

/// Reads `input` into `out`, an object of the type that `type` describes.
[[nodiscard]] ValidationErrors read_value(const boost::json::value& input, const Type& type,
                                          void* out);
[[nodiscard]] ValidationErrors read_text(std::string_view text, const Type& type, void* out);
[[nodiscard]] ValidationErrors read_form(
    const std::vector<std::pair<std::string, std::string>>& entries, const Type& type, void* out);
[[nodiscard]] ValidationErrors read_query(const QueryParameters& query, const Type& type,
                                          void* out);
[[nodiscard]] ValidationErrors read_form_data(const FormData& form, const Type& type, void* out);
[[nodiscard]] ValidationErrors read_body(const Request& request, const Type& type, void* out);

template <class T>
void state_rules(ObjectPlan& plan, const ObjectType& type) {
  constexpr RulesPlace kPlace = find_rules<T>();
  static_assert(kPlace != RulesPlace::unusable,
                "the member `rules` of this struct cannot be called with its Schema: make it a "
                "public `static void rules(millrace::Schema<T>& of)` of this very T");
  static_assert(kPlace != RulesPlace::base,
                "a base of this struct has rules, but the struct itself has none, and those of a "
                "base are not applied: give it `rules` of its own");
  if constexpr (kPlace == RulesPlace::member) {
    Schema<T> of(plan, type);
    T::rules(of);
  } else if constexpr (kPlace == RulesPlace::beside) {
    Schema<T> of(plan, type);
    rules(of);
  }
}

template <class T>
const ObjectPlan& plan_of() {
  struct Made : OwnedPlan {
    Made() : OwnedPlan(ObjectTypeOf<T, MembersOf<T>>::kType.count) {
      state_rules<T>(**this, ObjectTypeOf<T, MembersOf<T>>::kType);
    }
  };
  static const Made made;
  return *made;
}

template <class T, class Input>
Parsed<T> parsed_by(ValidationErrors (*read)(Input, const Type&, void*), Input input) {
  T value{};
  ValidationErrors errors = read(input, kTypeOf<T>, &value);
  return errors.empty() ? Parsed<T>(std::move(value)) : Parsed<T>(std::move(errors));
}

}  // namespace detail

/// Reads a JSON text. Invalid JSON, or JSON nested more than 100 levels deep, is one error of the
/// input as a whole.
template <class T>
Parsed<T> parse(std::string_view json_text) {
  return detail::parsed_by<T, std::string_view>(&detail::read_text, json_text);
}

/// Reads a JSON value.
template <class T, std::same_as<boost::json::value> Value>
Parsed<T> parse(const Value& input) {
  return detail::parsed_by<T, const boost::json::value&>(&detail::read_value, input);
}

/// Reads names and values, as of a query or a form, into a struct. Texts are converted for members
/// that are numbers or booleans; an empty text is not a number and counts as absent. A repeated
/// name fills a list; for other members the last value is used. "address.city" names a member of a
/// member.
template <class T>
Parsed<T> parse(const std::vector<std::pair<std::string, std::string>>& entries) {
  using Entries = std::vector<std::pair<std::string, std::string>>;
  return detail::parsed_by<T, const Entries&>(&detail::read_form, entries);
}

/// Reads the parameters of `request.url().query()` in the same way.
template <class T>
Parsed<T> parse(const QueryParameters& query) {
  return detail::parsed_by<T, const QueryParameters&>(&detail::read_query, query);
}

/// Reads the fields of a form in the same way; files are ignored.
template <class T>
Parsed<T> parse(const FormData& form) {
  return detail::parsed_by<T, const FormData&>(&detail::read_form_data, form);
}

/// Reads a request's body: as a form where its Content-Type is that of a form, else as JSON.
template <class T>
Parsed<T> parse(const Request& request) {
  return detail::parsed_by<T, const Request&>(&detail::read_body, request);
}

}  // namespace millrace
