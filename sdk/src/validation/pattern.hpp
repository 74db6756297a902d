// Pattern is a regular expression of JavaScript without flags. It is compiled once and can be
// searched on any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace millrace {

class Pattern {
 public:
  /// `source`: the text between the slashes. Throws std::invalid_argument where it is not a regular
  /// expression, or has a look-behind of variable length, which is not supported.
  explicit Pattern(std::string_view source);
  ~Pattern();
  Pattern(const Pattern&) = delete;
  Pattern& operator=(const Pattern&) = delete;

  /// Steps in addition to those per character, shared by all searches in one input: about a tenth
  /// of a second.
  static constexpr std::size_t kSpareSteps = 10'000'000;

  enum class Occurs : std::uint8_t { yes, no, cannot_tell };

  /// Whether the pattern occurs in `text`. cannot_tell where the search exceeds eight steps per
  /// character plus `spare`, from which it subtracts what it uses.
  [[nodiscard]] Occurs occurs_in(std::string_view text, std::size_t& spare) const;
  [[nodiscard]] Occurs occurs_in(std::string_view text) const {
    std::size_t spare = kSpareSteps;
    return occurs_in(text, spare);
  }

  /// "/source/", as RegExp's toString() returns it.
  [[nodiscard]] const std::string& shown() const { return shown_; }

 private:
  struct Compiled;
  std::unique_ptr<const Compiled> compiled_;
  std::string shown_;
};

}  // namespace millrace
