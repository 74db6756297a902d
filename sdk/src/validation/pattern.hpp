// Pattern is a regular expression of JavaScript, without flags: it is compiled once and asked often,
// on any thread.
#pragma once

#include <cstddef>
#include <cstdint>
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

  /// Steps beyond those that a text's length explains, to be shared by all searches in one input:
  /// about a tenth of a second.
  static constexpr std::size_t kSpareSteps = 10'000'000;

  enum class Occurs : std::uint8_t { yes, no, cannot_tell };

  /// Whether the pattern occurs in `text`. It cannot tell where finding out takes more steps than
  /// eight a letter and those that are spare, of which it takes away what it needs.
  [[nodiscard]] Occurs occurs_in(std::string_view text, std::size_t& spare) const;
  [[nodiscard]] Occurs occurs_in(std::string_view text) const {
    std::size_t spare = kSpareSteps;
    return occurs_in(text, spare);
  }

  /// "/source/", as RegExp's toString() writes it.
  [[nodiscard]] const std::string& shown() const { return shown_; }

 private:
  struct Compiled;
  std::unique_ptr<const Compiled> compiled_;
  std::string shown_;
};

}  // namespace millrace
