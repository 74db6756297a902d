// Frames as tests of this folder write them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "http2/session.hpp"

namespace millrace::http2 {

inline std::string number(std::uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 0xFFU);
  return bytes;
}

inline std::string frame(std::uint8_t type, std::uint8_t flags, StreamId stream,
                         std::string_view payload) {
  std::string bytes = number(static_cast<std::uint32_t>(payload.size())).substr(1);
  bytes += static_cast<char>(type);
  bytes += static_cast<char>(flags);
  return bytes.append(number(static_cast<std::uint32_t>(stream))).append(payload);
}

/// A literal field without indexing; both texts are shorter than 127 bytes.
inline std::string literal(std::string_view name, std::string_view value) {
  std::string bytes(1, '\0');
  bytes.append(1, static_cast<char>(name.size())).append(name);
  return bytes.append(1, static_cast<char>(value.size())).append(value);
}

inline std::string request_block(std::string_view method = "GET") {
  return literal(":method", method) + literal(":scheme", "http") + literal(":path", "/") +
         literal(":authority", "localhost");
}

inline std::string hello() { return std::string(kPreface) + frame(4, 0, 0, ""); }

}  // namespace millrace::http2
