// The forms that texts take in logs: JSON, masked targets, the journal's prefixes.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <string>

#include "observe/journal.hpp"
#include "observe/json_text.hpp"
#include "observe/secret_mask.hpp"

namespace millrace::observe {

namespace {

std::string json(std::string_view text) {
  std::string to;
  append_json_string(to, text);
  return to;
}

TEST(JsonText, IsReadBackUnchanged) {
  std::string all;
  for (int c = 0; c < 0x80; ++c) all.push_back(static_cast<char>(c));
  all += "ä€😀";
  EXPECT_EQ(boost::json::parse(json(all)).as_string(), all);
}

TEST(JsonText, ReplacesWhatIsNotUtf8) {
  const std::string replacement = "\"\xEF\xBF\xBD\"";
  EXPECT_EQ(json("\xff"), replacement);
  EXPECT_EQ(json("\xC0"), replacement);
  // Overlong, a surrogate, beyond the last code point, cut off.
  for (const std::string text : {"\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82"}) {
    EXPECT_EQ(json(text).find(text), std::string::npos);
    EXPECT_NO_THROW(static_cast<void>(boost::json::parse(json(text))));
  }
}

TEST(JsonText, LeavesOutEmptyMembers) {
  std::string to;
  append_json_member(to, "a", "");
  append_json_member(to, "b", "1");
  EXPECT_EQ(to, ",\"b\":\"1\"");
}

std::string masked(std::string_view target) {
  std::string to;
  SecretMask({"token", "api_key"}).append(to, target);
  return to;
}

TEST(SecretMask, HidesTheValuesOfItsParametersOnly) {
  EXPECT_EQ(masked("/a/token=1"), "/a/token=1");
  EXPECT_EQ(masked("/a?token=secret"), "/a?token=***");
  EXPECT_EQ(masked("/a?x=1&token=secret&y=2"), "/a?x=1&token=***&y=2");
  EXPECT_EQ(masked("/a?token=a&token=b"), "/a?token=***&token=***");
  EXPECT_EQ(masked("/a?token&tokens=1&=2&"), "/a?token&tokens=1&=2&");
  EXPECT_EQ(masked("/a?token=a=b?c"), "/a?token=***");
  EXPECT_EQ(masked("/a?"), "/a?");
}

TEST(SecretMask, HidesThemInEveryWriting) {
  EXPECT_EQ(masked("/a?TOKEN=s"), "/a?TOKEN=***");
  EXPECT_EQ(masked("/a?%74oken=s&api%5Fkey=s"), "/a?%74oken=***&api%5Fkey=***");
}

TEST(Journal, IsTheStreamThatTheVariableNames) {
  struct stat found {};
  ASSERT_EQ(::fstat(STDERR_FILENO, &found), 0);
  const std::string name = std::to_string(found.st_dev) + ":" + std::to_string(found.st_ino);
  EXPECT_TRUE(goes_to_journal(STDERR_FILENO, name.c_str()));
  EXPECT_FALSE(goes_to_journal(STDERR_FILENO, (name + "1").c_str()));
  EXPECT_FALSE(goes_to_journal(STDERR_FILENO, nullptr));
}

TEST(Journal, GetsThePriorityOfEachLine) {
  EXPECT_EQ(with_priority("one\n", '3'), "<3>one\n");
  EXPECT_EQ(with_priority("one\n\ntwo\n", '6'), "<6>one\n<6>\n<6>two\n");
}

}  // namespace

}  // namespace millrace::observe
