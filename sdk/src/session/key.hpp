// The contents of a verification key.
#pragma once

#include <string>
#include <string_view>

#include "session/openssl.hpp"

namespace millrace::detail {

enum class KeyKind : unsigned char { secret, rsa, p256, p384, p521, ed25519 };

struct KeyData {
  KeyKind kind = KeyKind::secret;
  /// For KeyKind::secret.
  std::string secret = {};
  /// For all other kinds.
  KeyPointer key = nullptr;
  std::string id = {};
  /// The only algorithm that the key is for; empty: any.
  std::string algorithm = {};
};

/// Whether `signature` is the signature of `text` with the key, by that algorithm. False for an
/// unknown algorithm, and for one that is not for such a key.
[[nodiscard]] bool verify_signature(const KeyData& key, std::string_view algorithm,
                                    std::string_view text, std::string_view signature);

}  // namespace millrace::detail
