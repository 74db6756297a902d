#include "net/proxy_header.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace millrace::net {

namespace {

constexpr std::string_view kText = "PROXY ";
constexpr std::string_view kSignature("\r\n\r\n\0\r\nQUIT\n", 12);
/// Of version 1, with its line end.
constexpr std::size_t kMostText = 107;
/// Of version 2, before the addresses.
constexpr std::size_t kHead = 16;
/// The parts of a line of version 1: PROXY, protocol, two addresses, two ports.
constexpr std::size_t kParts = 6;

bool is_prefix(std::string_view header, std::string_view of) {
  const std::size_t size = std::min(header.size(), of.size());
  return header.substr(0, size) == of.substr(0, size);
}

std::optional<std::uint16_t> port_number(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return port;
}

bool is_address_of(int family, std::string_view text) {
  // inet_pton would not see what follows it.
  if (text.find('\0') != std::string_view::npos) return false;
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  return ::inet_pton(family, std::string(text).c_str(), bytes.data()) == 1;
}

std::uint8_t byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint8_t>(bytes[at]);
}

std::uint16_t number_at(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint16_t>((byte_at(bytes, at) << 8U) | byte_at(bytes, at + 1));
}

/// Reads source and destination of a family whose addresses have `size` bytes.
std::optional<ProxyHeader::Source> source_of(int family, std::size_t size, std::string_view block) {
  if (block.size() < 2 * size + 4) return std::nullopt;
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (::inet_ntop(family, block.data(), text.data(), text.size()) == nullptr) return std::nullopt;
  return ProxyHeader::Source{.address = text.data(), .port = number_at(block, 2 * size)};
}

}  // namespace

ProxyHeader::State ProxyHeader::take(std::string_view bytes, std::size_t& taken) {
  // Byte by byte: what follows the header is the client's.
  for (taken = 0; taken < bytes.size();) {
    header_ += bytes[taken++];
    const State state = examine();
    if (state != State::incomplete) return state;
  }
  return State::incomplete;
}

ProxyHeader::State ProxyHeader::examine() {
  if (is_prefix(header_, kText)) {
    return header_.size() < kText.size() ? State::incomplete : examine_text();
  }
  if (is_prefix(header_, kSignature)) {
    return header_.size() < kHead ? State::incomplete : examine_binary();
  }
  return State::malformed;
}

ProxyHeader::State ProxyHeader::examine_text() {
  if (!header_.ends_with('\n')) {
    return header_.size() < kMostText ? State::incomplete : State::malformed;
  }
  if (!header_.ends_with("\r\n")) return State::malformed;
  std::array<std::string_view, kParts> parts;
  std::size_t count = 0;
  std::string_view rest = std::string_view(header_).substr(0, header_.size() - 2);
  while (count < kParts) {
    const std::size_t space = rest.find(' ');
    parts[count++] = rest.substr(0, space);
    if (space == std::string_view::npos) break;
    rest.remove_prefix(space + 1);
    // What follows the last part is not part of it.
    if (count == kParts) ++count;
  }
  if (parts[1] == "UNKNOWN") return State::complete;
  const int family = parts[1] == "TCP4" ? AF_INET : parts[1] == "TCP6" ? AF_INET6 : AF_UNSPEC;
  if (count != kParts || family == AF_UNSPEC) return State::malformed;
  const auto port = port_number(parts[4]);
  if (!is_address_of(family, parts[2]) || !is_address_of(family, parts[3]) || !port ||
      !port_number(parts[5])) {
    return State::malformed;
  }
  source_ = Source{.address = std::string(parts[2]), .port = *port};
  return State::complete;
}

ProxyHeader::State ProxyHeader::examine_binary() {
  constexpr std::uint8_t kLocal = 0x20;
  constexpr std::uint8_t kProxied = 0x21;
  const std::uint8_t command = byte_at(header_, 12);
  if (command != kLocal && command != kProxied) return State::malformed;
  const std::size_t whole = kHead + number_at(header_, 14);
  if (whole > kMost) return State::malformed;
  if (header_.size() < whole) return State::incomplete;
  if (command == kLocal) return State::complete;
  const std::string_view block = std::string_view(header_).substr(kHead);
  switch (byte_at(header_, 13)) {
    case 0x11:  // TCP over IPv4
      source_ = source_of(AF_INET, sizeof(in_addr), block);
      return source_ ? State::complete : State::malformed;
    case 0x21:  // TCP over IPv6
      source_ = source_of(AF_INET6, sizeof(in6_addr), block);
      return source_ ? State::complete : State::malformed;
    default:
      return State::complete;
  }
}

}  // namespace millrace::net
