#include "routing/accept_language.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace millrace::routing {
namespace {

std::string_view preferred(std::string_view field) {
  static const std::vector<std::string> locales{"en", "fr", "nl-NL", "nl-BE", "zh-Hans-CN"};
  return preferred_locale(field, locales);
}

TEST(AcceptLanguage, HighestQualityIsPreferred) {
  EXPECT_EQ(preferred("fr"), "fr");
  EXPECT_EQ(preferred("en;q=0.5, fr;q=0.8"), "fr");
  EXPECT_EQ(preferred("de, fr;q=0.2, en;q=0.1"), "fr");
  EXPECT_EQ(preferred("FR;Q=.3,en;q=0.2"), "fr");
}

TEST(AcceptLanguage, OrderOfTheProjectDecidesBetweenEqualQualities) {
  EXPECT_EQ(preferred("fr, en"), "en");
  EXPECT_EQ(preferred("nl-BE,nl-NL"), "nl-NL");
}

TEST(AcceptLanguage, PrefixStandsForTheFirstLocaleThatHasIt) {
  EXPECT_EQ(preferred("nl"), "nl-NL");
  EXPECT_EQ(preferred("zh"), "zh-Hans-CN");
  EXPECT_EQ(preferred("zh-hans"), "zh-Hans-CN");
  EXPECT_EQ(preferred("fr-CA"), "");
}

TEST(AcceptLanguage, StarStandsForTheFirstLocaleThatIsNotNamed) {
  EXPECT_EQ(preferred("*"), "en");
  EXPECT_EQ(preferred("en;q=0, *"), "fr");
  EXPECT_EQ(preferred("de, *;q=0.5, fr;q=0.1"), "en");
}

TEST(AcceptLanguage, QualityThatIsNoneCountsAsOne) {
  EXPECT_EQ(preferred("fr;q=2, en;q=0.9"), "fr");
  EXPECT_EQ(preferred("fr;q=x, en;q=0.9"), "fr");
  EXPECT_EQ(preferred("fr;q=0.0001, en;q=0.9"), "fr");
}

TEST(AcceptLanguage, ZeroExcludes) { EXPECT_EQ(preferred("fr;q=0, nl;q=0.1"), "nl-NL"); }

TEST(AcceptLanguage, InvalidFieldPrefersNothing) {
  for (const std::string_view field :
       {"", ",", "fr;q", "fr;q=", "fr;x=1", "fr;q=1;q=1", ";q=1,fr", "fr;"}) {
    EXPECT_EQ(preferred(field), "") << field;
  }
}

}  // namespace
}  // namespace millrace::routing
