// IpAddress and IpNetwork represent clients' addresses for limits and for lists of trusted
// networks: as bytes, with an IPv4 address equal to its IPv4-mapped IPv6 form.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace millrace::base {

/// IPv4 addresses are stored as IPv4-mapped IPv6 addresses (RFC 4291 §2.5.5.2).
struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};

  /// Returns nothing where `text` is not a numeric address. A zone ("fe80::1%eth0") is ignored.
  [[nodiscard]] static std::optional<IpAddress> parse(std::string_view text);

  [[nodiscard]] bool is_v4() const;

  /// Returns the part that identifies a client: an IPv6 client has a /64 to choose addresses from.
  [[nodiscard]] IpAddress client() const;

  friend bool operator==(const IpAddress&, const IpAddress&) = default;
};

struct IpAddressHash {
  std::size_t operator()(const IpAddress& address) const;
};

/// "10.0.0.0/8", "2001:db8::/32" or one address.
struct IpNetwork {
  IpAddress address;
  /// The prefix length, of 128 bits.
  unsigned prefix = 128;

  /// Returns nothing where `text` is neither a network nor an address.
  [[nodiscard]] static std::optional<IpNetwork> parse(std::string_view text);

  [[nodiscard]] bool contains(const IpAddress& other) const;
};

}  // namespace millrace::base
