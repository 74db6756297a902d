// IpAddress and IpNetwork are clients' addresses as limits and lists of trusted networks need them:
// as bytes, an IPv4 address the same whether it came mapped into IPv6 or not.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace millrace::base {

/// IPv4 addresses are held as IPv4-mapped IPv6 ones (RFC 4291 §2.5.5.2).
struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};

  /// Nothing where `text` is no numeric address. A zone ("fe80::1%eth0") is passed over.
  [[nodiscard]] static std::optional<IpAddress> parse(std::string_view text);

  [[nodiscard]] bool is_v4() const;

  /// The part that stands for one client: an IPv6 client has a /64 to choose addresses from.
  [[nodiscard]] IpAddress client() const;

  friend bool operator==(const IpAddress&, const IpAddress&) = default;
};

struct IpAddressHash {
  std::size_t operator()(const IpAddress& address) const;
};

/// "10.0.0.0/8", "2001:db8::/32" or one address.
struct IpNetwork {
  IpAddress address;
  /// Of the 128 bits.
  unsigned prefix = 128;

  /// Nothing where `text` is neither.
  [[nodiscard]] static std::optional<IpNetwork> parse(std::string_view text);

  [[nodiscard]] bool contains(const IpAddress& other) const;
};

}  // namespace millrace::base
