#include <openssl/ecdsa.h>
#include <openssl/rsa.h>

#include <array>

#include "session/key.hpp"

namespace millrace::detail {

namespace {

struct AlgorithmInfo {
  std::string_view name;
  const char* digest;
  /// For elliptic curves: the size in bytes of each number of a signature.
  std::size_t number = 0;
  KeyKind kind = KeyKind::secret;
};

constexpr std::array<AlgorithmInfo, 14> kAlgorithms = {{
    {"HS256", "SHA256", 0, KeyKind::secret},
    {"HS384", "SHA384", 0, KeyKind::secret},
    {"HS512", "SHA512", 0, KeyKind::secret},
    {"RS256", "SHA256", 0, KeyKind::rsa},
    {"RS384", "SHA384", 0, KeyKind::rsa},
    {"RS512", "SHA512", 0, KeyKind::rsa},
    {"PS256", "SHA256", 0, KeyKind::rsa},
    {"PS384", "SHA384", 0, KeyKind::rsa},
    {"PS512", "SHA512", 0, KeyKind::rsa},
    {"ES256", "SHA256", 32, KeyKind::p256},
    {"ES384", "SHA384", 48, KeyKind::p384},
    {"ES512", "SHA512", 66, KeyKind::p521},
    {"EdDSA", nullptr, 0, KeyKind::ed25519},
    // The name of EdDSA with Ed25519 in RFC 9864.
    {"Ed25519", nullptr, 0, KeyKind::ed25519},
}};

/// Tokens contain the two numbers one after the other, OpenSSL needs them in ASN.1. Empty for a
/// wrong size.
std::string asn1_of(std::string_view signature, std::size_t number) {
  if (signature.size() != 2 * number) return {};
  using Pair = std::unique_ptr<ECDSA_SIG, FreeWith<ECDSA_SIG_free>>;
  const Pair pair(ECDSA_SIG_new());
  BigNumber r(BN_bin2bn(bytes_of(signature), static_cast<int>(number), nullptr));
  BigNumber s(BN_bin2bn(bytes_of(signature.substr(number)), static_cast<int>(number), nullptr));
  if (!pair || !r || !s || ECDSA_SIG_set0(pair.get(), r.get(), s.get()) != 1) return {};
  static_cast<void>(r.release());
  static_cast<void>(s.release());
  const int size = i2d_ECDSA_SIG(pair.get(), nullptr);
  if (size <= 0) return {};
  std::string text(static_cast<std::size_t>(size), '\0');
  unsigned char* out = bytes_of(text);
  i2d_ECDSA_SIG(pair.get(), &out);
  return text;
}

bool use_pss(EVP_PKEY_CTX* context) {
  return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
         EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
}

}  // namespace

bool verify_signature(const KeyData& key, std::string_view algorithm, std::string_view text,
                      std::string_view signature) {
  const AlgorithmInfo* info = nullptr;
  for (const AlgorithmInfo& one : kAlgorithms) {
    if (one.name == algorithm) info = &one;
  }
  if (info == nullptr || info->kind != key.kind) return false;
  if (!key.algorithm.empty() && key.algorithm != algorithm) return false;
  if (key.kind == KeyKind::secret) {
    return !key.secret.empty() &&
           equal_in_constant_time(hmac(info->digest, key.secret, text), signature);
  }
  std::string encoded;
  if (info->number != 0) {
    encoded = asn1_of(signature, info->number);
    if (encoded.empty()) return false;
    signature = encoded;
  }
  const DigestContext context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* inner = nullptr;
  const EVP_MD* const digest =
      info->digest == nullptr ? nullptr : EVP_get_digestbyname(info->digest);
  if (!context ||
      EVP_DigestVerifyInit(context.get(), &inner, digest, nullptr, key.key.get()) != 1) {
    return false;
  }
  if (algorithm.starts_with("PS") && !use_pss(inner)) return false;
  return EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(text),
                          text.size()) == 1;
}

}  // namespace millrace::detail
