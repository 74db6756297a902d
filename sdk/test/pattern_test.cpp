// Limits of patterns; zod_cases_test.cpp compares their matches with JavaScript.
#include "validation/pattern.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace {

using millrace::Pattern;

}  // namespace

// Without limits each of these would take hours to years.
TEST(Pattern, EndlessSearchesAreAborted) {
  EXPECT_EQ(Pattern::Occurs::cannot_tell,
            Pattern("^(\\w+\\s?)*$").occurs_in(std::string(1'000'000, 'a') + "!"));
  EXPECT_EQ(Pattern::Occurs::cannot_tell,
            Pattern(".*.*=.*").occurs_in(std::string(3'000'000, 'x')));
  EXPECT_EQ(Pattern::Occurs::cannot_tell,
            Pattern("(a?){40}b").occurs_in(std::string(1'000'000, 'a')));
  EXPECT_EQ(Pattern::Occurs::cannot_tell,
            Pattern("(?=(a+)+c)").occurs_in(std::string(1'000'000, 'a')));
}

TEST(Pattern, LongTextsThatJavaScriptMatchesMatch) {
  std::string text;
  while (text.size() < 400'000) text += "ab";
  EXPECT_EQ(Pattern::Occurs::yes, Pattern("^(a|b)*$").occurs_in(text));
  EXPECT_EQ(Pattern::Occurs::yes, Pattern("^[ab]+$").occurs_in(text));
  EXPECT_EQ(Pattern::Occurs::yes, Pattern("c$").occurs_in(std::string(10'000'000, 'x') + "c"));
  EXPECT_EQ(Pattern::Occurs::yes,
            Pattern("^[^c]*c$").occurs_in(std::string(10'000'000, 'x') + "c"));
}

TEST(Pattern, SyntaxOfPerlOnlyIsRejected) {
  for (const char* source :
       {"a++", "a*+", "a?+", "a{2}+", "a+?+", "a{2}{3}", "(?#x)a", "(?>a)", "(?i)a", "(?|a)",
        "(?R)", "(?1)", "(?P<a>b)", "(?'a'b)", "(?", "(*FAIL)", "a|*", "+", "{2}"}) {
    EXPECT_THROW(Pattern{source}, std::invalid_argument) << source;
  }
  EXPECT_EQ(Pattern::Occurs::yes, Pattern("(?i:A)[+]+").occurs_in("a++"));
  EXPECT_EQ(Pattern::Occurs::yes, Pattern("\\++a{,2}").occurs_in("++a{,2}"));
}

TEST(Pattern, SearchesOfOneInputShareTheSpareSteps) {
  const Pattern slow("^(a+)+$");
  const Pattern quick("b");
  const std::string text = std::string(200, 'a') + "b";
  std::size_t spare = Pattern::kSpareSteps;
  EXPECT_EQ(Pattern::Occurs::yes, quick.occurs_in(text, spare));
  EXPECT_EQ(spare, Pattern::kSpareSteps);
  EXPECT_EQ(Pattern::Occurs::cannot_tell, slow.occurs_in(text, spare));
  EXPECT_EQ(spare, 0U);
  EXPECT_EQ(Pattern::Occurs::cannot_tell, slow.occurs_in(text, spare));
  EXPECT_EQ(Pattern::Occurs::yes, quick.occurs_in(text, spare))
      << "what is linear has its steps nevertheless";
}
