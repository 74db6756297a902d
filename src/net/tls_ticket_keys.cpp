#include "net/tls_ticket_keys.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace millrace::net {

namespace {

constexpr std::string_view kDigits = "0123456789abcdef";
constexpr std::size_t kKeySize = 16 + 32 + 32;

TlsTicketKeys::Key new_key() {
  TlsTicketKeys::Key key;
  const bool made = RAND_bytes(key.name.data(), static_cast<int>(key.name.size())) == 1 &&
                    RAND_priv_bytes(key.cipher.data(), static_cast<int>(key.cipher.size())) == 1 &&
                    RAND_priv_bytes(key.hmac.data(), static_cast<int>(key.hmac.size())) == 1;
  // A key that can be guessed would betray every session: there is no way to continue.
  if (!made) std::abort();
  return key;
}

template <typename Bytes>
void append_hex(const Bytes& bytes, std::string& text) {
  for (const unsigned char byte : bytes) {
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 0xfU];
  }
}

/// Takes the digits of `bytes` from the front of `text`.
template <typename Bytes>
bool take_hex(std::string_view& text, Bytes& bytes) {
  for (unsigned char& byte : bytes) {
    const std::size_t high = kDigits.find(text[0]);
    const std::size_t low = kDigits.find(text[1]);
    if (high == std::string_view::npos || low == std::string_view::npos) return false;
    byte = static_cast<unsigned char>(high << 4U | low);
    text.remove_prefix(2);
  }
  return true;
}

}  // namespace

TlsTicketKeys::TlsTicketKeys() : keys_(std::make_shared<const Keys>(1, new_key())) {}

void TlsTicketKeys::rotate(Clock::time_point now) {
  if (now < made_ + kRotation) return;
  // Keys that a stopped process has kept for longer are forgotten all the same.
  const auto rotations = static_cast<std::size_t>((now - made_) / kRotation);
  Keys keys = *keys_.load();
  keys.resize(std::min(keys.size(), kKept - std::min(rotations, kKept)));
  keys.insert(keys.begin(), new_key());
  made_ = now;
  keys_.store(std::make_shared<const Keys>(std::move(keys)));
}

std::string TlsTicketKeys::to_text() const {
  std::string text;
  for (const Key& key : *keys_.load()) {
    append_hex(key.name, text);
    append_hex(key.cipher, text);
    append_hex(key.hmac, text);
  }
  return text;
}

bool TlsTicketKeys::take(std::string_view text) {
  constexpr std::size_t kDigitsOfKey = 2 * kKeySize;
  if (text.empty() || text.size() % kDigitsOfKey != 0 || text.size() > kKept * kDigitsOfKey) {
    return false;
  }
  Keys keys;
  while (!text.empty()) {
    Key key;
    if (!take_hex(text, key.name) || !take_hex(text, key.cipher) || !take_hex(text, key.hmac)) {
      return false;
    }
    keys.push_back(key);
  }
  made_ = Clock::now();
  keys_.store(std::make_shared<const Keys>(std::move(keys)));
  return true;
}

}  // namespace millrace::net
