#include "http/field_text.hpp"

#include <algorithm>

namespace millrace {

bool is_token(std::string_view text) {
  static constexpr std::string_view kSpecial = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char letter) {
    const char lower = lower_case(letter);
    return (lower >= 'a' && lower <= 'z') || (letter >= '0' && letter <= '9') ||
           kSpecial.find(letter) != std::string_view::npos;
  });
}

bool is_field_value(std::string_view text) {
  constexpr std::string_view kForbidden("\r\n\0", 3);
  return text.find_first_of(kForbidden) == std::string_view::npos;
}

}  // namespace millrace
