// Fixed-width little-endian integers in byte buffers, as in the link's frames. The caller
// guarantees that the bytes exist; these functions do not check bounds.
#pragma once

#include <bit>
#include <concepts>
#include <cstring>

namespace millrace::base {

static_assert(std::endian::native == std::endian::little, "byte swapping is not written yet");

template <std::unsigned_integral T>
[[nodiscard]] T load_le(const char* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

template <std::unsigned_integral T>
void store_le(char* to, T value) {
  std::memcpy(to, &value, sizeof value);
}

}  // namespace millrace::base
