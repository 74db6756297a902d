#include "http/host.hpp"

#include <arpa/inet.h>
#include <idn2.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/ascii.hpp"
#include "http/digit.hpp"

namespace millrace::http {

namespace {

/// The limit of RFC 1035 §2.3.4, in text form.
constexpr std::size_t kMostNameBytes = 253;
constexpr std::size_t kMostLabelBytes = 63;
constexpr std::size_t kMostPortDigits = 5;
constexpr unsigned kMostPort = 65535;

/// The unreserved characters of RFC 3986 §2.3.
bool is_unreserved(char c) {
  const char lower = base::to_lower(c);
  return (lower >= 'a' && lower <= 'z') || is_digit(c) || c == '-' || c == '.' || c == '_' ||
         c == '~';
}

bool is_port(std::string_view text) {
  if (text.size() > kMostPortDigits || !std::all_of(text.begin(), text.end(), is_digit)) {
    return false;
  }
  unsigned value = 0;
  for (const char c : text) value = value * 10 + static_cast<unsigned>(c - '0');
  return value <= kMostPort;
}

/// `family`: AF_INET accepts exactly four decimal numbers without leading zeros.
bool is_address(int family, std::string_view text) {
  std::array<char, INET6_ADDRSTRLEN> terminated{};
  if (text.size() >= terminated.size() || text.find('\0') != std::string_view::npos) return false;
  std::copy(text.begin(), text.end(), terminated.begin());
  std::array<std::byte, sizeof(in6_addr)> address{};
  return ::inet_pton(family, terminated.data(), address.data()) == 1;
}

/// The URL standard parses a name whose last label is a number as an IPv4 address.
bool is_number(std::string_view label) {
  if (std::all_of(label.begin(), label.end(), is_digit)) return true;
  if (!label.starts_with("0x") && !label.starts_with("0X")) return false;
  return std::all_of(label.begin() + 2, label.end(),
                     [](char c) { return base::hex_digit(c) >= 0; });
}

bool is_punycode(std::string_view label) {
  return base::equals_ignoring_case(label.substr(0, 4), "xn--");
}

/// Returns whether a Punycode label encodes an international label (RFC 5891 §5.4, UTS 46) on which
/// both standards agree. The ASCII rules exclude characters that map to several.
bool is_international(const std::string& label) {
  constexpr int kFlags = IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT | IDN2_USE_STD3_ASCII_RULES;
  char* looked_up = nullptr;
  const int outcome = idn2_to_ascii_8z(label.c_str(), &looked_up, kFlags);
  const bool same =
      outcome == IDN2_OK && looked_up != nullptr && base::equals_ignoring_case(looked_up, label);
  idn2_free(looked_up);
  return same;
}

bool is_name(std::string_view name) {
  const bool rooted = name.ends_with('.');
  if (rooted) name.remove_suffix(1);
  if (name.empty() || name.size() > kMostNameBytes) return false;
  if (!std::all_of(name.begin(), name.end(), is_unreserved)) return false;
  std::string_view label;
  for (std::size_t begin = 0; begin <= name.size(); begin += label.size() + 1) {
    label = name.substr(begin, name.find('.', begin) - begin);
    if (label.empty() || label.size() > kMostLabelBytes) return false;
    if (is_punycode(label) && !is_international(std::string(label))) return false;
  }
  return !is_number(label) || (!rooted && is_address(AF_INET, name));
}

}  // namespace

std::string_view host_of(std::string_view authority) {
  const std::size_t bracket = authority.starts_with('[') ? authority.find(']') : 0;
  const std::size_t colon =
      bracket == std::string_view::npos ? bracket : authority.find(':', bracket);
  return authority.substr(0, colon);
}

bool is_valid_authority(std::string_view text) {
  const std::string_view host = host_of(text);
  const std::string_view port = text.substr(host.size());
  if (!port.empty() && !is_port(port.substr(1))) return false;
  if (!host.starts_with('[')) return is_name(host);
  return host.ends_with(']') && is_address(AF_INET6, host.substr(1, host.size() - 2));
}

}  // namespace millrace::http
