#include "millrace/jwt.hpp"

#include <gtest/gtest.h>

#include <array>

namespace millrace {
namespace {

using std::chrono::hours;
using std::chrono::system_clock;

TEST(Jwt, IsJudgedByTheTimeOfTheCallHoweverOldTheRules) {
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
  const std::array keys = {VerificationKey::from_secret("")};
  const std::string token = sign_jwt({{"sub", "1"}}, "", hours(1));
  EXPECT_FALSE(verify_jwt(token, keys));
}

}  // namespace
}  // namespace millrace
