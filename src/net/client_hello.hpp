// Judges the first bytes of a client's connection before a TLS session is made for it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace millrace::net {

enum class HelloKind : std::uint8_t {
  /// More bytes are needed: `HelloStart::needed` in all.
  incomplete,
  /// The first record of a ClientHello (RFC 8446 §5.1, §4.1.2) is complete.
  hello,
  plain_http,
  /// A ClientHello that is larger than the limit.
  too_large,
  /// Neither TLS nor HTTP.
  unknown,
};

struct HelloStart {
  HelloKind kind = HelloKind::unknown;
  std::size_t needed = 0;
};

/// The size of a record's head and of the head of the handshake message in it.
inline constexpr std::size_t kHelloHead = 5 + 4;
/// The largest plaintext of a record.
inline constexpr std::size_t kMostRecord = 16 * 1024;

/// `input`: everything received. `limit`: of the ClientHello message, in bytes.
[[nodiscard]] constexpr HelloStart judge_hello(std::string_view input, std::size_t limit) {
  const auto byte = [input](std::size_t at) {
    return static_cast<std::size_t>(static_cast<unsigned char>(input[at]));
  };
  constexpr std::size_t kHandshake = 22;
  constexpr std::size_t kClientHello = 1;
  if (input.empty()) return {.kind = HelloKind::incomplete, .needed = 1};
  if (input[0] >= 'A' && input[0] <= 'Z') return {.kind = HelloKind::plain_http};
  if (byte(0) != kHandshake) return {.kind = HelloKind::unknown};
  if (input.size() < kHelloHead) return {.kind = HelloKind::incomplete, .needed = kHelloHead};
  const std::size_t record = byte(3) << 8U | byte(4);
  const std::size_t message = byte(6) << 16U | byte(7) << 8U | byte(8);
  // A record that ends within the message's head hides the message's size.
  if (byte(1) != 3 || record < 4 || record > kMostRecord || byte(5) != kClientHello) {
    return {.kind = HelloKind::unknown};
  }
  if (message > limit) return {.kind = HelloKind::too_large};
  const std::size_t needed = 5 + record;
  return {.kind = input.size() < needed ? HelloKind::incomplete : HelloKind::hello,
          .needed = needed};
}

}  // namespace millrace::net
