#include "pattern.hpp"

// Steps after which a search is given up: a tenth of a second, for what patterns like (a+)+$ and
// texts made for them would need years for.
#define BOOST_REGEX_MAX_STATE_COUNT 10000000
#include <boost/regex.hpp>
#include <locale>
#include <stdexcept>

#include "pattern_syntax.hpp"

namespace millrace {

namespace {

/// Of our own, so that the limit above holds here and not for a route's own use of Boost.Regex.
struct Traits : boost::cpp_regex_traits<wchar_t> {};

/// A slash outside of a class would end the literal, and so would a line break.
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
  // What is a letter must not hang on the locale of the process.
  compiled->regex.imbue(std::locale::classic());
  try {
    compiled->regex.assign(translate_pattern(utf16_units(source)), boost::regex::perl);
  } catch (const std::exception& error) {
    throw std::invalid_argument("regex(): " + shown_ +
                                " is no regular expression that is understood: " + error.what());
  }
  compiled_ = std::move(compiled);
}

Pattern::~Pattern() = default;

bool Pattern::occurs_in(std::string_view text) const {
  const std::wstring units = utf16_units(text);
  try {
    return boost::regex_search(units, compiled_->regex);
  } catch (const std::runtime_error&) {
    // The pattern and the text together take too long: what an attacker would send.
    return false;
  }
}

}  // namespace millrace
