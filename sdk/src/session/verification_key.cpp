#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

#include <algorithm>
#include <utility>

#include "millrace/jwt.hpp"
#include "session/base64url.hpp"
#include "session/key.hpp"

namespace millrace {

namespace {

using detail::BigNumber;
using detail::bytes_of;
using detail::decode_base64url;
using detail::FreeWith;
using detail::KeyContext;
using detail::KeyData;
using detail::KeyKind;
using detail::KeyPointer;

/// Smaller keys can be broken.
constexpr int kMinRsaBits = 2048;
/// Verification with larger keys takes too long.
constexpr int kMaxRsaBits = 16384;

std::optional<KeyKind> kind_of(EVP_PKEY* key) {
  const int type = EVP_PKEY_get_base_id(key);
  const int bits = EVP_PKEY_get_bits(key);
  if (type == EVP_PKEY_RSA && bits >= kMinRsaBits && bits <= kMaxRsaBits) return KeyKind::rsa;
  if (type == EVP_PKEY_ED25519) return KeyKind::ed25519;
  if (type != EVP_PKEY_EC) return std::nullopt;
  char name[64] = {};
  std::size_t size = 0;
  if (EVP_PKEY_get_group_name(key, name, sizeof name, &size) != 1) return std::nullopt;
  const std::string_view curve(name, size);
  if (curve == "prime256v1" || curve == "P-256") return KeyKind::p256;
  if (curve == "secp384r1" || curve == "P-384") return KeyKind::p384;
  if (curve == "secp521r1" || curve == "P-521") return KeyKind::p521;
  return std::nullopt;
}

KeyPointer owned(EVP_PKEY* key) { return {key, EVP_PKEY_free}; }

/// The bytes of a member in base64url; empty where it is invalid. Also accepts plain base64 and
/// padding, which some providers publish and jose accepts.
std::string bytes_in(const json::object& jwk, std::string_view name) {
  const auto* const value = jwk.if_contains(name);
  if (value == nullptr || !value->is_string()) return {};
  std::string text(std::string_view(value->get_string()));
  text.resize(text.find_last_not_of('=') + 1);
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  return decode_base64url(text).value_or("");
}

std::string text_in(const json::object& jwk, std::string_view name) {
  const auto* const value = jwk.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(std::string_view(value->get_string()))
                                                : std::string();
}

bool contains(const json::value& list, std::string_view text) {
  const auto* const items = list.if_array();
  return items != nullptr && std::any_of(items->begin(), items->end(), [text](const auto& item) {
           return item.is_string() && std::string_view(item.get_string()) == text;
         });
}

using Builder = std::unique_ptr<OSSL_PARAM_BLD, FreeWith<OSSL_PARAM_BLD_free>>;
using Parameters = std::unique_ptr<OSSL_PARAM, FreeWith<OSSL_PARAM_free>>;

KeyPointer made_of(const char* type, OSSL_PARAM_BLD* builder) {
  const Parameters parameters(OSSL_PARAM_BLD_to_param(builder));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
    return nullptr;
  }
  return owned(key);
}

KeyPointer rsa_key(const json::object& jwk) {
  const std::string modulus = bytes_in(jwk, "n");
  const std::string exponent = bytes_in(jwk, "e");
  if (modulus.empty() || exponent.empty() || modulus.size() > kMaxRsaBits / 8 ||
      exponent.size() > 8) {
    return nullptr;
  }
  const BigNumber n(
      BN_bin2bn(bytes_of(std::string_view(modulus)), static_cast<int>(modulus.size()), nullptr));
  const BigNumber e(
      BN_bin2bn(bytes_of(std::string_view(exponent)), static_cast<int>(exponent.size()), nullptr));
  const Builder builder(OSSL_PARAM_BLD_new());
  if (OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1) {
    return nullptr;
  }
  return made_of("RSA", builder.get());
}

KeyPointer elliptic_key(const json::object& jwk) {
  const std::string curve = text_in(jwk, "crv");
  const std::size_t size = curve == "P-256"   ? 32
                           : curve == "P-384" ? 48
                           : curve == "P-521" ? 66
                                              : 0;
  const std::string x = bytes_in(jwk, "x");
  const std::string y = bytes_in(jwk, "y");
  if (size == 0 || x.size() != size || y.size() != size) return nullptr;
  const std::string point = '\x04' + x + y;
  const Builder builder(OSSL_PARAM_BLD_new());
  if (OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, curve.c_str(),
                                      0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                       point.size()) != 1) {
    return nullptr;
  }
  return made_of("EC", builder.get());
}

KeyPointer edwards_key(const json::object& jwk) {
  const std::string x = bytes_in(jwk, "x");
  if (text_in(jwk, "crv") != "Ed25519" || x.size() != 32) return nullptr;
  return owned(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(std::string_view(x)),
                                           x.size()));
}

}  // namespace

const std::string& VerificationKey::id() const { return data_->id; }

VerificationKey VerificationKey::from_secret(std::string_view secret) {
  return VerificationKey(
      std::make_shared<KeyData>(KeyData{.kind = KeyKind::secret, .secret = std::string(secret)}));
}

std::optional<VerificationKey> VerificationKey::from_pem(std::string_view pem) {
  using Bio = std::unique_ptr<BIO, FreeWith<BIO_free>>;
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  EVP_PKEY* const read = PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr);
  if (read == nullptr) return std::nullopt;
  const KeyPointer key = owned(read);
  const auto kind = kind_of(key.get());
  if (!kind) return std::nullopt;
  return VerificationKey(std::make_shared<KeyData>(KeyData{.kind = *kind, .key = key}));
}

std::optional<VerificationKey> VerificationKey::from_jwk(const json::object& jwk) {
  const std::string use = text_in(jwk, "use");
  if (!use.empty() && use != "sig") return std::nullopt;
  const auto* const operations = jwk.if_contains("key_ops");
  if (operations != nullptr && !contains(*operations, "verify")) return std::nullopt;
  const std::string type = text_in(jwk, "kty");
  KeyData data{
      .kind = KeyKind::secret, .id = text_in(jwk, "kid"), .algorithm = text_in(jwk, "alg")};
  if (type == "oct") {
    data.secret = bytes_in(jwk, "k");
    if (data.secret.empty()) return std::nullopt;
    return VerificationKey(std::make_shared<KeyData>(std::move(data)));
  }
  if (type == "RSA") data.key = rsa_key(jwk);
  if (type == "EC") data.key = elliptic_key(jwk);
  if (type == "OKP") data.key = edwards_key(jwk);
  const auto kind = data.key ? kind_of(data.key.get()) : std::nullopt;
  if (!kind) return std::nullopt;
  data.kind = *kind;
  return VerificationKey(std::make_shared<KeyData>(std::move(data)));
}

std::vector<VerificationKey> VerificationKey::from_jwks(const json::value& set) {
  std::vector<VerificationKey> keys;
  const auto* const object = set.if_object();
  const auto* const list = object == nullptr ? nullptr : object->if_contains("keys");
  if (list == nullptr || !list->is_array()) return keys;
  for (const auto& item : list->get_array()) {
    const auto* const jwk = item.if_object();
    if (jwk == nullptr) continue;
    if (auto key = from_jwk(*jwk)) keys.push_back(*std::move(key));
  }
  return keys;
}

}  // namespace millrace
