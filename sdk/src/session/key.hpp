// What a verification key is inside.
#pragma once

#include <string>
#include <string_view>

#include "session/openssl.hpp"

namespace millrace::detail {

enum class KeyKind : unsigned char { secret, rsa, p256, p384, p521, ed25519 };

struct KeyData {
  KeyKind kind = KeyKind::secret;
  /// Of a secret.
  std::string secret = {};
  /// Of any other.
  KeyPointer key = nullptr;
  std::string id = {};
  /// Not empty: the one algorithm that it is for.
  std::string algorithm = {};
};

/// Whether the signature of `text` is the key's, by that algorithm. False for an algorithm that is
/// none or not for such a key.
[[nodiscard]] bool verify_signature(const KeyData& key, std::string_view algorithm,
                                    std::string_view text, std::string_view signature);

}  // namespace millrace::detail
