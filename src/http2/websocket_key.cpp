#include "http2/websocket_key.hpp"

#include <cstddef>
#include <random>
#include <string_view>

namespace millrace::http2 {

namespace {

constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/// The characters of 16 bytes: 21 of six bits each, one of two.
constexpr std::size_t kWholeCharacters = 21;
constexpr std::string_view kLastCharacters = "AQgw";

}  // namespace

std::string websocket_key() {
  std::random_device random;
  std::string key;
  key.reserve(kWholeCharacters + 3);
  for (std::size_t i = 0; i < kWholeCharacters; ++i) key += kBase64[random() % kBase64.size()];
  key += kLastCharacters[random() % kLastCharacters.size()];
  return key += "==";
}

}  // namespace millrace::http2
