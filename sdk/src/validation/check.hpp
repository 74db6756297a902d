// Check is one rule of a member: how it tests a value and which message it has where the test
// fails. Exactly one of the tests (text, number, length, pattern) is set; it determines the kind of
// value.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace millrace {
class Pattern;
}

namespace millrace::detail {

struct Check {
  /// Tests a text; can change it.
  std::function<bool(std::string& text)> text = {};
  std::function<bool(double value)> number = {};
  /// Tests the number of a text's code points or of a list's items. Called for texts and lists
  /// whatever type was expected.
  std::function<bool(std::size_t length)> length = {};
  /// The pattern to find in a text.
  std::shared_ptr<const Pattern> pattern = nullptr;
  /// The default message. `origin`: "string" or "array".
  std::function<std::string(std::string_view origin)> default_message = {};
  /// The user's message; replaces the default message. Empty where there is none.
  std::string message = {};
  /// Where the rule fails, later rules and checks of the whole struct are skipped.
  bool aborts = false;
  /// The rule lists the allowed values, and so also reports values of another type.
  bool lists_values = false;
  /// `length` is an upper limit.
  bool is_maximum = false;
};

}  // namespace millrace::detail
