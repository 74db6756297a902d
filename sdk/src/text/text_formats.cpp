#include "text/text_formats.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace millrace {

namespace {

bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }

bool is_letter(char letter) {
  const char lower = static_cast<char>(letter | 0x20);
  return lower >= 'a' && lower <= 'z';
}

bool is_alphanumeric(char letter) { return is_letter(letter) || is_digit(letter); }

bool is_hex(char letter) {
  const char lower = static_cast<char>(letter | 0x20);
  return is_digit(letter) || (lower >= 'a' && lower <= 'f');
}

bool is_mailbox(std::string_view name) {
  if (name.empty() || name.front() == '.' || name.back() == '.' || name.back() == '\'') {
    return false;
  }
  if (name.find("..") != std::string_view::npos) return false;
  return std::all_of(name.begin(), name.end(), [](char letter) {
    return is_alphanumeric(letter) ||
           std::string_view("_'+-.").find(letter) != std::string_view::npos;
  });
}

bool is_mail_domain(std::string_view domain) {
  const std::size_t last_dot = domain.rfind('.');
  if (last_dot == std::string_view::npos) return false;
  const std::string_view top = domain.substr(last_dot + 1);
  if (top.size() < 2 || !std::all_of(top.begin(), top.end(), is_letter)) return false;
  char before = '.';
  for (const char letter : domain.substr(0, last_dot + 1)) {
    const bool begins = before == '.';
    before = letter;
    if (is_alphanumeric(letter)) continue;
    if (begins || (letter != '-' && letter != '.')) return false;
  }
  return true;
}

/// ECMAScript's white space outside ASCII, in UTF-8.
constexpr std::array<std::string_view, 19> kWideSpaces = {
    "\u00A0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003", "\u2004",
    "\u2005", "\u2006", "\u2007", "\u2008", "\u2009", "\u200A", "\u2028",
    "\u2029", "\u202F", "\u205F", "\u3000", "\uFEFF"};

constexpr std::string_view kSpaces = " \t\n\v\f\r";

std::size_t space_at_begin(std::string_view text) {
  if (text.empty()) return 0;
  if (kSpaces.find(text.front()) != std::string_view::npos) return 1;
  for (const std::string_view space : kWideSpaces) {
    if (text.starts_with(space)) return space.size();
  }
  return 0;
}

std::size_t space_at_end(std::string_view text) {
  if (text.empty()) return 0;
  if (kSpaces.find(text.back()) != std::string_view::npos) return 1;
  for (const std::string_view space : kWideSpaces) {
    if (text.ends_with(space)) return space.size();
  }
  return 0;
}

}  // namespace

bool is_email(std::string_view text) {
  const std::size_t at = text.find('@');
  return at != std::string_view::npos && is_mailbox(text.substr(0, at)) &&
         is_mail_domain(text.substr(at + 1));
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !is_hex(text[i])) return false;
  }
  if (text == "00000000-0000-0000-0000-000000000000") return true;
  if (text == "ffffffff-ffff-ffff-ffff-ffffffffffff") return true;
  return text[14] >= '1' && text[14] <= '8' &&
         std::string_view("89abAB").find(text[19]) != std::string_view::npos;
}

std::string_view trim_space(std::string_view text) {
  while (const std::size_t size = space_at_begin(text)) text.remove_prefix(size);
  while (const std::size_t size = space_at_end(text)) text.remove_suffix(size);
  return text;
}

}  // namespace millrace
