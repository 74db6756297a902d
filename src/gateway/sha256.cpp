#include "gateway/sha256.hpp"

#include <openssl/evp.h>

namespace millrace::gateway {

std::optional<Sha256> sha256(std::string_view text) {
  Sha256 digest{};
  unsigned int length = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &length, EVP_sha256(), nullptr) != 1 ||
      length != digest.size()) {
    return std::nullopt;
  }
  return digest;
}

}  // namespace millrace::gateway
