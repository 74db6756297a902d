#include "millrace/rules.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <stdexcept>
#include <utility>

#include "millrace/detail/json_text.hpp"
#include "text/text_formats.hpp"
#include "validation/pattern.hpp"
#include "validation/plan.hpp"

namespace millrace {

namespace {

using detail::Check;
using detail::FieldPlan;

void add(FieldPlan& plan, Check check, std::string_view message) {
  check.message = message;
  plan.checks.push_back(std::move(check));
}

auto constant(std::string text) {
  return [text = std::move(text)](std::string_view) { return text; };
}

void add_text(FieldPlan& plan, std::function<bool(std::string&)> passes,
              std::string default_message, std::string_view message) {
  add(plan, {.text = std::move(passes), .default_message = constant(std::move(default_message))},
      message);
}

void add_number(FieldPlan& plan, std::function<bool(double)> passes, std::string default_message,
                std::string_view message) {
  add(plan, {.number = std::move(passes), .default_message = constant(std::move(default_message))},
      message);
}

/// zod's message for a value that is not listed. `shown`: the values in zod's notation.
std::string expected_one_of(const std::vector<std::string>& shown) {
  if (shown.size() == 1) return "Invalid input: expected " + shown.front();
  std::string text = "Invalid option: expected one of ";
  for (const std::string& value : shown) {
    if (&value != &shown.front()) text += '|';
    text += value;
  }
  return text;
}

/// Compares decimal digits as written: 0.3 is a multiple of 0.1. The value, the divisor and the
/// quotient are rounded, hence the tolerance, which is the same as zod's.
bool is_multiple(double value, double divisor) {
  const double ratio = value / divisor;
  const double room = 4 * std::numeric_limits<double>::epsilon() * std::max(std::abs(ratio), 1.0);
  return std::abs(ratio - std::round(ratio)) < room;
}

constexpr double kMaxSafeInteger = 9007199254740991;

}  // namespace

namespace detail {

void require_length(FieldPlan& plan, Bound bound, std::size_t length, std::string_view message) {
  if (length > std::numeric_limits<std::size_t>::max() / 2) {
    throw std::invalid_argument("rules(): the length of a text or list must not be negative");
  }
  const auto passes = [bound, length](std::size_t given) {
    if (bound == Bound::exact) return given == length;
    return bound == Bound::least ? given >= length : given <= length;
  };
  // For an exact length zod's message names the side that was missed, which is known only when the
  // value is checked.
  const auto add_half = [&](bool small, auto&& half) {
    const std::string_view adverb = bound == Bound::exact ? "exactly " : small ? ">=" : "<=";
    const std::string before = small ? "Too small: expected " : "Too big: expected ";
    const std::string after = " to have " + std::string(adverb) + std::to_string(length);
    add(plan,
        {.length = half,
         .default_message =
             [before, after](std::string_view origin) {
               std::string text = before;
               return text.append(origin).append(after).append(origin == "array" ? " items"
                                                                                 : " characters");
             },
         .is_maximum = !small},
        message);
  };
  if (bound != Bound::exact) return add_half(bound == Bound::least, passes);
  add_half(true, [length](std::size_t given) { return given >= length; });
  add_half(false, [length](std::size_t given) { return given <= length; });
}

}  // namespace detail

StringRules& StringRules::min(std::size_t length, std::string_view message) {
  return detail::require_length(plan(), detail::Bound::least, length, message), *this;
}

StringRules& StringRules::max(std::size_t length, std::string_view message) {
  return detail::require_length(plan(), detail::Bound::most, length, message), *this;
}

StringRules& StringRules::length(std::size_t length, std::string_view message) {
  return detail::require_length(plan(), detail::Bound::exact, length, message), *this;
}

StringRules& StringRules::email(std::string_view message) {
  return add_text(plan(), is_email, "Invalid email address", message), *this;
}

StringRules& StringRules::url(std::string_view message) {
  const auto passes = [](std::string& text) {
    const std::string_view trimmed = trim_space(text);
    if (!is_url(trimmed)) return false;
    std::string kept(trimmed);
    std::erase_if(kept,
                  [](char letter) { return letter == '\t' || letter == '\n' || letter == '\r'; });
    text = std::move(kept);
    return true;
  };
  return add_text(plan(), passes, "Invalid URL", message), *this;
}

StringRules& StringRules::uuid(std::string_view message) {
  return add_text(plan(), is_uuid, "Invalid UUID", message), *this;
}

StringRules& StringRules::regex(std::string_view pattern, std::string_view message) {
  auto compiled = std::make_shared<const Pattern>(pattern);
  const std::string text = "Invalid string: must match pattern " + compiled->shown();
  add(plan(), {.pattern = std::move(compiled), .default_message = constant(text)}, message);
  return *this;
}

StringRules& StringRules::starts_with(std::string_view prefix, std::string_view message) {
  const std::string wanted(prefix);
  add_text(
      plan(), [wanted](const std::string& text) { return text.starts_with(wanted); },
      "Invalid string: must start with \"" + wanted + "\"", message);
  return *this;
}

StringRules& StringRules::ends_with(std::string_view suffix, std::string_view message) {
  const std::string wanted(suffix);
  add_text(
      plan(), [wanted](const std::string& text) { return text.ends_with(wanted); },
      "Invalid string: must end with \"" + wanted + "\"", message);
  return *this;
}

StringRules& StringRules::includes(std::string_view part, std::string_view message) {
  const std::string wanted(part);
  add_text(
      plan(), [wanted](const std::string& text) { return text.find(wanted) != std::string::npos; },
      "Invalid string: must include \"" + wanted + "\"", message);
  return *this;
}

StringRules& StringRules::one_of(std::initializer_list<std::string_view> values,
                                 std::string_view message) {
  const std::vector<std::string> known(values.begin(), values.end());
  std::vector<std::string> shown;
  for (const std::string& value : known) shown.push_back('"' + value + '"');
  const auto passes = [known](const std::string& text) {
    return std::find(known.begin(), known.end(), text) != known.end();
  };
  add(plan(),
      {.text = passes,
       .default_message = constant(expected_one_of(shown)),
       .aborts = true,
       .lists_values = true},
      message);
  return *this;
}

StringRules& StringRules::trim() {
  const auto trimmed = [](std::string& text) {
    text = std::string(trim_space(text));
    return true;
  };
  return add_text(plan(), trimmed, {}, {}), *this;
}

StringRules& StringRules::check(std::function<bool(const std::string&)> passes,
                                std::string_view message) {
  return add_text(plan(), std::move(passes), "Invalid input", message), *this;
}

NumberRules& NumberRules::min(double least, std::string_view message) {
  add_number(
      plan(), [least](double value) { return value >= least; },
      "Too small: expected number to be >=" + detail::number_text(least), message);
  return *this;
}

NumberRules& NumberRules::max(double most, std::string_view message) {
  add_number(
      plan(), [most](double value) { return value <= most; },
      "Too big: expected number to be <=" + detail::number_text(most), message);
  return *this;
}

NumberRules& NumberRules::positive(std::string_view message) {
  add_number(
      plan(), [](double value) { return value > 0; }, "Too small: expected number to be >0",
      message);
  return *this;
}

NumberRules& NumberRules::negative(std::string_view message) {
  add_number(
      plan(), [](double value) { return value < 0; }, "Too big: expected number to be <0", message);
  return *this;
}

NumberRules& NumberRules::multiple_of(double divisor, std::string_view message) {
  add_number(
      plan(), [divisor](double value) { return is_multiple(value, divisor); },
      "Invalid number: must be a multiple of " + detail::number_text(divisor), message);
  return *this;
}

NumberRules& NumberRules::integer(std::string_view message) {
  add(plan(),
      {.number = [](double value) { return std::trunc(value) == value; },
       .default_message = constant("Invalid input: expected int, received number"),
       .aborts = true},
      message);
  add_number(
      plan(), [](double value) { return value <= kMaxSafeInteger; },
      "Too big: expected int to be <=9007199254740991", message);
  add_number(
      plan(), [](double value) { return value >= -kMaxSafeInteger; },
      "Too small: expected int to be >=-9007199254740991", message);
  return *this;
}

NumberRules& NumberRules::one_of(std::initializer_list<double> values, std::string_view message) {
  const std::vector<double> known(values);
  std::vector<std::string> shown;
  for (const double value : known) shown.push_back(detail::number_text(value));
  const auto passes = [known](double value) {
    return std::find(known.begin(), known.end(), value) != known.end();
  };
  add(plan(),
      {.number = passes,
       .default_message = constant(expected_one_of(shown)),
       .aborts = true,
       .lists_values = true},
      message);
  return *this;
}

NumberRules& NumberRules::check(std::function<bool(double)> passes, std::string_view message) {
  return add_number(plan(), std::move(passes), "Invalid input", message), *this;
}

}  // namespace millrace
