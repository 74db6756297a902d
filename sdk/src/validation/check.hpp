// Check is one rule of a member: how it judges a value and what it says when the value fails. Which
// of the judges is set says what kind of value it is for.
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
  /// Of a text; may change it.
  std::function<bool(std::string& text)> text = {};
  std::function<bool(double value)> number = {};
  /// Of a text's code points or a list's items. Asked of texts and lists whatever was expected.
  std::function<bool(std::size_t length)> length = {};
  /// That is to occur in a text.
  std::shared_ptr<const Pattern> pattern = nullptr;
  /// The message. `origin`: "string" or "array".
  std::function<std::string(std::string_view origin)> says = {};
  /// Of the user; replaces the other.
  std::string message = {};
  /// Rules after this one are passed over where it fails, and so are checks over the struct.
  bool aborts = false;
  /// The values are listed: it also speaks for a value of another type.
  bool enumerates = false;
  /// `length` fails where there is too much.
  bool caps = false;
};

}  // namespace millrace::detail
