#include "session/openssl.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <array>
#include <stdexcept>

namespace millrace::detail {

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string hmac(const char* digest, std::string_view key, std::string_view text) {
  std::string code(EVP_MAX_MD_SIZE, '\0');
  unsigned size = 0;
  const EVP_MD* const algorithm = EVP_get_digestbyname(digest);
  if (HMAC(algorithm, key.data(), static_cast<int>(key.size()), bytes_of(text), text.size(),
           bytes_of(code), &size) == nullptr) {
    throw std::runtime_error("OpenSSL cannot compute the HMAC");
  }
  code.resize(size);
  return code;
}

std::string hkdf(std::string_view secret, std::string_view salt, std::string_view info,
                 std::size_t size) {
  using Kdf = std::unique_ptr<EVP_KDF, FreeWith<EVP_KDF_free>>;
  using Context = std::unique_ptr<EVP_KDF_CTX, FreeWith<EVP_KDF_CTX_free>>;
  const Kdf kdf(EVP_KDF_fetch(nullptr, "HKDF", nullptr));
  const Context context(EVP_KDF_CTX_new(kdf.get()));
  char digest[] = "SHA256";
  const auto octets = [](const char* name, std::string_view text) {
    return OSSL_PARAM_construct_octet_string(name, const_cast<char*>(text.data()), text.size());
  };
  const std::array<OSSL_PARAM, 5> parameters = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
      octets(OSSL_KDF_PARAM_KEY, secret), octets(OSSL_KDF_PARAM_SALT, salt),
      octets(OSSL_KDF_PARAM_INFO, info), OSSL_PARAM_construct_end()};
  std::string key(size, '\0');
  if (!context || EVP_KDF_derive(context.get(), bytes_of(key), size, parameters.data()) != 1) {
    throw std::runtime_error("OpenSSL cannot derive the key");
  }
  return key;
}

}  // namespace millrace::detail
