// Pattern is a regular expression of JavaScript, without flags: it is compiled once and asked often,
// on any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace millrace {

class Pattern {
 public:
  /// `source`: what stands between the slashes. Throws std::invalid_argument where it is none, or
  /// says what cannot be said here: look-behind of no fixed length.
  explicit Pattern(std::string_view source);
  ~Pattern();
  Pattern(const Pattern&) = delete;
  Pattern& operator=(const Pattern&) = delete;

  /// Whether the pattern occurs in `text`. False, too, where finding out takes too many steps.
  [[nodiscard]] bool occurs_in(std::string_view text) const;

  /// "/source/", as RegExp's toString() writes it.
  [[nodiscard]] const std::string& shown() const { return shown_; }

 private:
  struct Compiled;
  std::unique_ptr<const Compiled> compiled_;
  std::string shown_;
};

}  // namespace millrace
