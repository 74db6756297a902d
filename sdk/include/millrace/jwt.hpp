// JSON Web Tokens (RFC 7519), signed: made and verified as the npm package `jose` does. Tokens and
// keys come from outside, so a token is good only for an algorithm that its key is meant for.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "millrace/json.hpp"

namespace millrace {

namespace detail {
struct KeyData;
}

/// A key that signatures are verified with. A value; any thread.
class VerificationKey {
 public:
  /// For HS256, HS384 and HS512. An empty one verifies nothing: anybody could sign by it.
  [[nodiscard]] static VerificationKey from_secret(std::string_view secret);
  /// A public key in PEM ("-----BEGIN PUBLIC KEY-----"): RSA, EC or Ed25519. None where it is none.
  [[nodiscard]] static std::optional<VerificationKey> from_pem(std::string_view pem);
  /// One JSON Web Key (RFC 7517). None where it is none, or not for signatures.
  [[nodiscard]] static std::optional<VerificationKey> from_jwk(const json::object& jwk);
  /// The usable keys of a set, {"keys": […]}.
  [[nodiscard]] static std::vector<VerificationKey> from_jwks(const json::value& set);

  /// The key's name in its set; empty where it has none.
  [[nodiscard]] const std::string& id() const;

  /// For the SDK itself.
  [[nodiscard]] const detail::KeyData& data() const { return *data_; }

 private:
  explicit VerificationKey(std::shared_ptr<const detail::KeyData> data) : data_(std::move(data)) {}

  std::shared_ptr<const detail::KeyData> data_;
};

/// What a token must say. (It has a constructor, as the SDK's other structs with texts do, because
/// g++ 12 destroys an aggregate twice that is made inside a co_await expression.)
struct JwtRules {
  using Clock = std::chrono::system_clock;

  JwtRules() {}

  /// Not empty: the token's `iss`.
  std::string issuer = {};
  /// Not empty: one of the token's `aud`.
  std::string audience = {};
  /// Not empty: the algorithms that count ("RS256"); else those that the key is for.
  std::vector<std::string> algorithms = {};
  /// How far clocks may be apart, for `exp` and `nbf`.
  std::chrono::seconds tolerance{0};
  /// None: the time at which a token is verified. For tests.
  std::optional<Clock::time_point> now = {};
};

/// The claims of a token that is good, or what is wrong with it.
struct VerifiedJwt {
  std::optional<json::object> claims;
  /// For the log, not for the client.
  std::string problem;

  explicit operator bool() const { return claims.has_value(); }
};

/// Verifies a token in its compact form by one of the keys: by those of its `kid` where they have
/// names. HS256/384/512, RS256/384/512, PS256/384/512, ES256/384/512, EdDSA and Ed25519; never
/// "none".
[[nodiscard]] VerifiedJwt verify_jwt(std::string_view token, std::span<const VerificationKey> keys,
                                     const JwtRules& rules = JwtRules());

/// A token signed with a secret (HS256). `claims` gets `iat`, and `exp` after `lifetime`. Throws
/// std::invalid_argument for an empty secret, and for a text in the claims that is not UTF-8.
[[nodiscard]] std::string sign_jwt(
    json::object claims, std::string_view secret, std::chrono::seconds lifetime,
    std::chrono::system_clock::time_point now = std::chrono::system_clock::now());

}  // namespace millrace
