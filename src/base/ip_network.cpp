#include "base/ip_network.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string>

namespace millrace::base {

namespace {

constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
constexpr unsigned kMappedBits = 96;
constexpr unsigned kBits = 128;
constexpr std::size_t kClientBytes = 8;

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  // inet_pton requires a terminated text, and would not see what follows a NUL.
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  const std::string bare(text.substr(0, text.find('%')));
  IpAddress address;
  if (::inet_pton(AF_INET6, bare.c_str(), address.bytes.data()) == 1) return address;
  std::copy(kMapped.begin(), kMapped.end(), address.bytes.begin());
  if (::inet_pton(AF_INET, bare.c_str(), address.bytes.data() + kMapped.size()) == 1) {
    return address;
  }
  return std::nullopt;
}

bool IpAddress::is_v4() const { return std::equal(kMapped.begin(), kMapped.end(), bytes.begin()); }

IpAddress IpAddress::client() const {
  if (is_v4()) return *this;
  IpAddress network = *this;
  std::fill(network.bytes.begin() + kClientBytes, network.bytes.end(), std::uint8_t{0});
  return network;
}

std::size_t IpAddressHash::operator()(const IpAddress& address) const {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  std::memcpy(&high, address.bytes.data(), sizeof high);
  std::memcpy(&low, address.bytes.data() + sizeof high, sizeof low);
  constexpr std::uint64_t kOdd = 0x9E3779B97F4A7C15;
  return static_cast<std::size_t>((high * kOdd) ^ (low * kOdd >> 32U) ^ low);
}

std::optional<IpNetwork> IpNetwork::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  IpNetwork network{.address = *address, .prefix = kBits};
  if (slash == std::string_view::npos) return network;
  const std::string_view digits = text.substr(slash + 1);
  unsigned length = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
  const bool dotted = text.substr(0, slash).find(':') == std::string_view::npos;
  const unsigned before = dotted ? kMappedBits : 0;
  if (error != std::errc{} || end != digits.data() + digits.size() || length > kBits - before) {
    return std::nullopt;
  }
  network.prefix = before + length;
  return network;
}

bool IpNetwork::contains(const IpAddress& other) const {
  const unsigned whole = prefix / 8;
  if (!std::equal(address.bytes.begin(), address.bytes.begin() + whole, other.bytes.begin())) {
    return false;
  }
  if (prefix % 8 == 0) return true;
  const auto mask = static_cast<std::uint8_t>(0xFFU << (8 - prefix % 8));
  return ((address.bytes[whole] ^ other.bytes[whole]) & mask) == 0;
}

}  // namespace millrace::base
