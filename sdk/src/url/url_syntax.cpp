// Decides which texts are URLs: implements the failures of the URL standard's parser (section 4.4),
// without its results.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "text/percent.hpp"
#include "text/text_formats.hpp"

namespace millrace {

namespace {

constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kHexDigits = "0123456789abcdefABCDEF";

bool only(std::string_view text, std::string_view letters) {
  return text.find_first_not_of(letters) == std::string_view::npos;
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& letter : lower) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter + ('a' - 'A'));
  }
  return lower;
}

/// Removes control characters and spaces at the ends, and tabs and line breaks everywhere.
std::string cleaned(std::string_view text) {
  const auto is_edge = [](char letter) { return static_cast<std::uint8_t>(letter) <= 0x20; };
  while (!text.empty() && is_edge(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_edge(text.back())) text.remove_suffix(1);
  std::string kept;
  for (const char letter : text) {
    if (letter != '\t' && letter != '\n' && letter != '\r') kept += letter;
  }
  return kept;
}

/// A part of an IPv4 address: decimal, 0x… or 0…. None where it is not a number.
std::optional<std::uint64_t> ipv4_number(std::string_view part) {
  std::uint64_t base = 10;
  std::string_view digits = kDigits;
  if (part.starts_with("0x") || part.starts_with("0X")) {
    part.remove_prefix(2);
    base = 16;
    digits = kHexDigits;
  } else if (part.size() > 1 && part.front() == '0') {
    part.remove_prefix(1);
    base = 8;
    digits = "01234567";
  }
  if (!only(part, digits)) return std::nullopt;
  std::uint64_t value = 0;
  for (const char digit : part) {
    const int lower = digit | 0x20;
    value =
        value * base + static_cast<std::uint64_t>(lower >= 'a' ? lower - 'a' + 10 : digit - '0');
    value = std::min<std::uint64_t>(value, std::uint64_t{1} << 33U);
  }
  return value;
}

/// Whether the last label is numeric, so that the host must be an IPv4 address.
bool ends_in_number(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  const std::string_view last = host.substr(host.rfind('.') + 1);
  if (last.empty()) return false;
  return only(last, kDigits) || (last.starts_with("0x") && only(last.substr(2), kHexDigits));
}

bool is_ipv4(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  const auto parts = 1 + std::count(host.begin(), host.end(), '.');
  if (parts > 4) return false;
  for (std::ptrdiff_t i = 1;; ++i) {
    const std::size_t dot = host.find('.');
    const std::string_view part = host.substr(0, dot);
    const auto value = ipv4_number(part);
    if (part.empty() || !value) return false;
    if (i == parts) return *value < (std::uint64_t{1} << (8U * static_cast<unsigned>(5 - parts)));
    if (*value > 255) return false;
    host.remove_prefix(dot + 1);
  }
}

/// The dotted end of an IPv6 address.
bool is_dotted_quad(std::string_view text) {
  int parts = 0;
  while (true) {
    const std::size_t dot = text.find('.');
    const std::string_view part = text.substr(0, dot);
    const bool plain = !part.empty() && part.size() <= 3 && only(part, kDigits) &&
                       (part.size() == 1 || part.front() != '0') &&
                       std::stoi(std::string(part)) <= 255;
    if (!plain) return false;
    ++parts;
    if (dot == std::string_view::npos) return parts == 4;
    text.remove_prefix(dot + 1);
  }
}

bool is_ipv6(std::string_view text) {
  int pieces = 0;
  bool compressed = false;
  if (text.starts_with("::")) {
    compressed = true;
    text.remove_prefix(2);
  }
  while (!text.empty()) {
    const std::size_t end = text.find(':');
    const std::string_view piece = text.substr(0, end);
    if (end == std::string_view::npos && piece.find('.') != std::string_view::npos) {
      if (!is_dotted_quad(piece)) return false;
      pieces += 2;
      break;
    }
    if (piece.empty() || piece.size() > 4 || !only(piece, kHexDigits)) return false;
    ++pieces;
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
    if (text.empty()) return false;
    if (text.front() != ':') continue;
    if (compressed) return false;
    compressed = true;
    text.remove_prefix(1);
  }
  return compressed ? pieces <= 7 : pieces == 8;
}

bool has_forbidden(std::string_view host, std::string_view forbidden) {
  return std::any_of(host.begin(), host.end(), [forbidden](char letter) {
    return letter == '\0' || forbidden.find(letter) != std::string_view::npos;
  });
}

bool is_domain(std::string_view host) {
  const std::string decoded = lower_case(decode_percent(host));
  if (decoded.empty() || !is_utf8(decoded)) return false;
  if (has_forbidden(decoded, " #/:<>?@[\\]^|%\x7F")) return false;
  const bool control = std::any_of(decoded.begin(), decoded.end(), [](char letter) {
    return static_cast<std::uint8_t>(letter) < 0x20;
  });
  if (control) return false;
  return !ends_in_number(decoded) || is_ipv4(decoded);
}

bool is_host(std::string_view host, bool special) {
  if (host.starts_with('[')) {
    return host.ends_with(']') && is_ipv6(host.substr(1, host.size() - 2));
  }
  return special ? is_domain(host) : !has_forbidden(host, "\t\n\r #/:<>?@[\\]^|");
}

bool is_port(std::string_view port) {
  if (!only(port, kDigits)) return false;
  const std::size_t digits = port.find_first_not_of('0');
  const std::string_view number = digits == std::string_view::npos ? "" : port.substr(digits);
  return number.size() <= 5 && (number.empty() || std::stoi(std::string(number)) <= 65535);
}

/// "user:password@host:port"
bool is_authority(std::string_view text, bool special) {
  const std::size_t at = text.rfind('@');
  const bool credentials = at != std::string_view::npos;
  std::string_view host = credentials ? text.substr(at + 1) : text;
  if (credentials && host.empty()) return false;
  const std::size_t bracket = host.find(']');
  const std::size_t colon = host.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon != std::string_view::npos) {
    if (colon == 0 || !is_port(host.substr(colon + 1))) return false;
    host = host.substr(0, colon);
  }
  if (host.empty()) return !special;
  return is_host(host, special);
}

bool is_special(std::string_view scheme) {
  return scheme == "http" || scheme == "https" || scheme == "ws" || scheme == "wss" ||
         scheme == "ftp";
}

bool is_scheme(std::string_view scheme) {
  if (scheme.empty() || scheme.front() < 'a' || scheme.front() > 'z') return false;
  return only(scheme, "abcdefghijklmnopqrstuvwxyz0123456789+-.");
}

bool is_drive(std::string_view host) {
  const char lower = static_cast<char>(host.empty() ? 0 : host.front() | 0x20);
  return host.size() == 2 && lower >= 'a' && lower <= 'z' && (host[1] == ':' || host[1] == '|');
}

/// Checks the part after "file:".
bool is_file_rest(std::string_view rest) {
  constexpr std::string_view kSlashes = "/\\";
  const auto slash = [&](std::size_t i) {
    return i < rest.size() && kSlashes.find(rest[i]) != std::string_view::npos;
  };
  if (!slash(0) || !slash(1)) return true;
  const std::string_view host = rest.substr(2, rest.find_first_of("/\\?#", 2) - 2);
  return host.empty() || is_drive(host) || is_host(host, true);
}

}  // namespace

bool is_url(std::string_view text) {
  const std::string url = cleaned(text);
  const std::size_t colon = url.find(':');
  if (colon == std::string::npos) return false;
  const std::string scheme = lower_case(std::string_view(url).substr(0, colon));
  if (!is_scheme(scheme)) return false;
  std::string_view rest = std::string_view(url).substr(colon + 1);
  if (scheme == "file") return is_file_rest(rest);
  if (is_special(scheme)) {
    const std::size_t begin = rest.find_first_not_of("/\\");
    if (begin == std::string_view::npos) return false;
    rest.remove_prefix(begin);
    return is_authority(rest.substr(0, rest.find_first_of("/\\?#")), true);
  }
  if (!rest.starts_with("//")) return true;
  rest.remove_prefix(2);
  return is_authority(rest.substr(0, rest.find_first_of("/?#")), false);
}

}  // namespace millrace
