#include "validation/pattern.hpp"

// A second limit beside the steps that are counted below, for states that read no letter.
#define BOOST_REGEX_MAX_STATE_COUNT 10000000
// What is remembered for going back: 64 MB, of which ^(a|b)*$ needs some hundred bytes a letter.
#define BOOST_REGEX_MAX_BLOCKS 16384
#include <algorithm>
#include <boost/regex.hpp>
#include <iterator>
#include <locale>
#include <stdexcept>

#include "validation/pattern_syntax.hpp"

namespace millrace {

namespace {

/// A type of its own, so that the limits above apply here and not to a route's own use of
/// Boost.Regex.
struct Traits : boost::cpp_regex_traits<wchar_t> {};

struct OutOfSteps {};

/// A pointer that counts its moves and reads, and throws where they exceed the limit. Boost's own
/// limit for random-access iterators grows with the square of the pattern and does not count what
/// one state reads.
class Steps {
 public:
  using iterator_category = std::bidirectional_iterator_tag;
  using value_type = wchar_t;
  using difference_type = std::ptrdiff_t;
  using pointer = const wchar_t*;
  using reference = const wchar_t&;

  Steps() = default;
  Steps(const wchar_t* place, std::size_t& left) : place_(place), left_(&left) {}

  reference operator*() const { return count(), *place_; }
  Steps& operator++() { return count(), ++place_, *this; }
  Steps& operator--() { return count(), --place_, *this; }
  Steps operator++(int) {
    Steps before = *this;
    ++*this;
    return before;
  }
  Steps operator--(int) {
    Steps before = *this;
    --*this;
    return before;
  }
  bool operator==(const Steps& other) const { return place_ == other.place_; }

 private:
  void count() const {
    if ((*left_)-- == 0) throw OutOfSteps();
  }

  const wchar_t* place_ = nullptr;
  std::size_t* left_ = nullptr;
};

/// Escapes slashes outside of classes and line breaks, which would end the literal.
std::string shown_as_literal(std::string_view source) {
  if (source.empty()) return "/(?:)/";
  std::string shown = "/";
  bool in_class = false;
  for (std::size_t i = 0; i < source.size(); ++i) {
    const char letter = source[i];
    if (letter == '\\' && i + 1 < source.size()) {
      shown += letter;
      shown += source[++i];
      continue;
    }
    if (letter == '[') in_class = true;
    if (letter == ']') in_class = false;
    if (letter == '\n') {
      shown += "\\n";
    } else {
      if (letter == '/' && !in_class) shown += '\\';
      shown += letter;
    }
  }
  return shown + "/";
}

}  // namespace

struct Pattern::Compiled {
  boost::basic_regex<wchar_t, Traits> regex;
};

Pattern::Pattern(std::string_view source) : shown_(shown_as_literal(source)) {
  auto compiled = std::make_unique<Compiled>();
  // The classes of characters must not depend on the locale of the process.
  compiled->regex.imbue(std::locale::classic());
  try {
    compiled->regex.assign(translate_pattern(utf16_units(source)), boost::regex::perl);
  } catch (const std::exception& error) {
    throw std::invalid_argument("regex(): " + shown_ +
                                " is not a supported regular expression: " + error.what());
  }
  compiled_ = std::move(compiled);
}

Pattern::~Pattern() = default;

Pattern::Occurs Pattern::occurs_in(std::string_view text, std::size_t& spare) const {
  const std::wstring units = utf16_units(text);
  std::size_t left = 8 * units.size() + spare;
  try {
    const bool found = boost::regex_search(
        Steps(units.data(), left), Steps(units.data() + units.size(), left), compiled_->regex);
    spare = std::min(spare, left);
    return found ? Occurs::yes : Occurs::no;
  } catch (const OutOfSteps&) {
    // The limits of Boost.Regex: treated like too many steps, since an attacker would send such a
    // text.
  } catch (const std::runtime_error&) {
  }
  spare = 0;
  return Occurs::cannot_tell;
}

}  // namespace millrace
