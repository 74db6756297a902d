// Signed JSON Web Tokens (RFC 7519), created and verified as by the npm package `jose`. A token is
// accepted only with an algorithm that its key is meant for.
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

/// A key that verifies signatures. A value; any thread.
class VerificationKey {
 public:
  /// A key for HS256, HS384 and HS512. An empty secret verifies nothing, since anybody could sign
  /// with it.
  [[nodiscard]] static VerificationKey from_secret(std::string_view secret);
  /// A public key in PEM ("-----BEGIN PUBLIC KEY-----"): RSA, EC or Ed25519. None where the text is
  /// not one.
  [[nodiscard]] static std::optional<VerificationKey> from_pem(std::string_view pem);
  /// One JSON Web Key (RFC 7517). None where it is malformed or not for signatures.
  [[nodiscard]] static std::optional<VerificationKey> from_jwk(const json::object& jwk);
  /// The usable keys of a set, {"keys": […]}.
  [[nodiscard]] static std::vector<VerificationKey> from_jwks(const json::value& set);

  /// The key's id (`kid`); empty where it has none.
  [[nodiscard]] const std::string& id() const;

  /// For the SDK's own use.
  [[nodiscard]] const detail::KeyData& data() const { return *data_; }

 private:
  explicit VerificationKey(std::shared_ptr<const detail::KeyData> data) : data_(std::move(data)) {}

  std::shared_ptr<const detail::KeyData> data_;
};

/// The claims that a token must have. It has a constructor, as the SDK's other structs with strings
/// do, because g++ 12 destroys an aggregate twice that is created inside a co_await expression.
struct JwtRules {
  using Clock = std::chrono::system_clock;

  JwtRules() {}

  /// Expected `iss`; empty: any.
  std::string issuer = {};
  /// Expected to be among the token's `aud`; empty: any.
  std::string audience = {};
  /// Algorithms to accept ("RS256"); empty: all that the key is for.
  std::vector<std::string> algorithms = {};
  /// Maximum clock skew, for `exp` and `nbf`.
  std::chrono::seconds tolerance{0};
  /// The time to verify at; none: the current time. For tests.
  std::optional<Clock::time_point> now = {};
};

/// The claims of a valid token, or the reason why it is invalid.
struct VerifiedJwt {
  std::optional<json::object> claims;
  /// For the log, not for the client.
  std::string problem;

  explicit operator bool() const { return claims.has_value(); }
};

/// Verifies a token in its compact form with one of the keys; where the token has a `kid`, only
/// with keys of that id and keys without one. Accepts HS256/384/512, RS256/384/512, PS256/384/512,
/// ES256/384/512, EdDSA and Ed25519; never "none".
[[nodiscard]] VerifiedJwt verify_jwt(std::string_view token, std::span<const VerificationKey> keys,
                                     const JwtRules& rules = JwtRules());

/// Returns a token signed with a secret (HS256). `iat` is added to `claims`, and `exp` after
/// `lifetime`. Throws std::invalid_argument for an empty secret, and for claims that contain text
/// that is not UTF-8.
[[nodiscard]] std::string sign_jwt(
    json::object claims, std::string_view secret, std::chrono::seconds lifetime,
    std::chrono::system_clock::time_point now = std::chrono::system_clock::now());

}  // namespace millrace
