#include "millrace/jwt.hpp"

#include <gtest/gtest.h>

#include <array>
#include <stdexcept>

namespace millrace {
namespace {

using std::chrono::hours;
using std::chrono::system_clock;

TEST(Jwt, IsVerifiedAtTheTimeOfTheCall) {
  const std::array keys = {VerificationKey::from_secret("a secret")};
  const JwtRules rules;
  EXPECT_FALSE(rules.now.has_value());
  const std::string old =
      sign_jwt({{"sub", "1"}}, "a secret", hours(1), system_clock::now() - hours(2));
  EXPECT_EQ(verify_jwt(old, keys, rules).problem, "it has expired");
  JwtRules then;
  then.now = system_clock::now() - hours(2);
  EXPECT_TRUE(verify_jwt(old, keys, then));
}

TEST(Jwt, IsNotSignedByAnEmptySecret) {
  EXPECT_THROW((void)sign_jwt({{"sub", "1"}}, "", hours(1)), std::invalid_argument);
  // {"alg":"HS256"}.{}, signed by jose with the empty secret.
  constexpr std::string_view kSigned =
      "eyJhbGciOiJIUzI1NiJ9.e30.4E_Bsx-pJi3kOW9wVXN8CgbATwP09D9V5gxh9-9zSZ0";
  const std::array keys = {VerificationKey::from_secret("")};
  EXPECT_FALSE(verify_jwt(kSigned, keys));
}

TEST(Jwt, RejectsTextThatIsNotUtf8) {
  EXPECT_THROW((void)sign_jwt({{"name", "Andr\xE9"}}, "a secret", hours(1)), std::invalid_argument);
}

TEST(Jwk, IsReadAsJoseReadsIt) {
  json::object key = {
      {"kty", "OKP"}, {"crv", "Ed25519"}, {"x", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}};
  // RFC 8037, appendix A.4.
  constexpr std::string_view kToken =
      "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-"
      "09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
  const auto problem = [&] {
    const auto read = VerificationKey::from_jwk(key);
    return read ? verify_jwt(kToken, {&*read, 1}).problem : "no key";
  };
  // The signature is valid; the payload is a text.
  EXPECT_EQ(problem(), "its claims are not a JSON object");
  key["alg"] = "Ed25519";
  EXPECT_EQ(problem(), "no key matches its signature");
  key.erase("alg");
  key["x"] = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
  EXPECT_EQ(problem(), "its claims are not a JSON object");
  key["key_ops"] = {"verify"};
  EXPECT_EQ(problem(), "its claims are not a JSON object");
  key["key_ops"] = {"encrypt"};
  EXPECT_EQ(problem(), "no key");
}

}  // namespace
}  // namespace millrace
