// SipHash-2-4 (Aumasson, Bernstein: "SipHash: a fast short-input PRF"), for tables whose keys clients
// choose: without the seed nobody can make two keys collide.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string_view>

namespace millrace::base {

class SipHash {
 public:
  constexpr SipHash(std::uint64_t first, std::uint64_t second) : first_(first), second_(second) {}

  /// Takes a seed from the system.
  [[nodiscard]] static SipHash seeded() {
    std::random_device source;
    const auto word = [&source] { return (std::uint64_t{source()} << 32U) | source(); };
    const std::uint64_t first = word();
    return {first, word()};
  }

  [[nodiscard]] constexpr std::uint64_t operator()(std::string_view text) const {
    State s{first_ ^ 0x736f6d6570736575ULL, second_ ^ 0x646f72616e646f6dULL,
            first_ ^ 0x6c7967656e657261ULL, second_ ^ 0x7465646279746573ULL};
    std::size_t at = 0;
    for (; at + 8 <= text.size(); at += 8) absorb(s, word_at(text, at, 8));
    absorb(s, word_at(text, at, text.size() - at) | (std::uint64_t{text.size()} << 56U));
    s[2] ^= 0xffU;
    for (int i = 0; i < 4; ++i) round(s);
    return s[0] ^ s[1] ^ s[2] ^ s[3];
  }

 private:
  using State = std::array<std::uint64_t, 4>;

  static constexpr std::uint64_t word_at(std::string_view text, std::size_t at, std::size_t count) {
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < count; ++i) {
      word |= std::uint64_t{static_cast<std::uint8_t>(text[at + i])} << (8 * i);
    }
    return word;
  }
  static constexpr void absorb(State& s, std::uint64_t word) {
    s[3] ^= word;
    round(s);
    round(s);
    s[0] ^= word;
  }
  static constexpr void round(State& s) {
    s[0] += s[1];
    s[1] = std::rotl(s[1], 13) ^ s[0];
    s[0] = std::rotl(s[0], 32);
    s[2] += s[3];
    s[3] = std::rotl(s[3], 16) ^ s[2];
    s[0] += s[3];
    s[3] = std::rotl(s[3], 21) ^ s[0];
    s[2] += s[1];
    s[1] = std::rotl(s[1], 17) ^ s[2];
    s[2] = std::rotl(s[2], 32);
  }

  std::uint64_t first_;
  std::uint64_t second_;
};

}  // namespace millrace::base
