#include "project/settings_help.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "project/generated/settings_keys.hpp"

namespace millrace::project {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string help_of(std::string_view asked) {
  const auto text = settings_help(asked);
  return text ? *text : "error: " + text.error().message();
}

TEST(SettingsHelp, NamesEachKeyInLinesThatFitATerminal) {
  const std::string all = settings_help();
  for (const SettingsKey& key : kSettingsKeys) {
    EXPECT_THAT(all, HasSubstr("\n  " + std::string(key.name) + " (default: "));
  }
  for (const SettingsSection& section : kSettingsSections) {
    EXPECT_THAT(all, HasSubstr("[" + std::string(section.name) + "]  "));
  }
  std::istringstream lines(all);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80U) << line;
}

TEST(SettingsHelp, DescribesTheValuesOfAKey) {
  EXPECT_EQ(help_of("keep_alive"),
            "[limits] keep_alive\n"
            "  Value:    whole seconds from 1s to 24h\n"
            "  Default:  \"75s\"\n\n"
            "  A connection without a request is closed after this time. `--keepAliveTimeout`\n"
            "  overrides this key.\n");
}

TEST(SettingsHelp, DescribesAllKeysOfAName) {
  EXPECT_THAT(help_of("memory"),
              AllOf(HasSubstr("[limits] memory\n"), HasSubstr("[pools.NAME] memory\n")));
  EXPECT_THAT(help_of("limits.memory"), Not(HasSubstr("[pools.NAME]")));
}

TEST(SettingsHelp, FindsAKeyOfAnyPool) {
  for (const char* name : {"pools.NAME.queue", "pools.reports.queue", "pools.queue"}) {
    EXPECT_THAT(help_of(name), HasSubstr("[pools.NAME] queue\n")) << name;
  }
  EXPECT_THAT(help_of("pools.a.sandbox.data"), HasSubstr("[pools.NAME.sandbox] data\n"));
  EXPECT_THAT(help_of("pools.db_connections"), HasSubstr("[pools] db_connections\n"));
}

TEST(SettingsHelp, ListsATable) {
  EXPECT_THAT(help_of("build"), AllOf(HasSubstr("[build]  "), HasSubstr("  engine (default: "),
                                      Not(HasSubstr("[server]"))));
}

TEST(SettingsHelp, SuggestsTheNearestKey) {
  EXPECT_EQ(help_of("memori"),
            "error: millrace.toml: unknown key `memori` (did you mean `memory`?); `millrace help "
            "config` lists all keys");
  EXPECT_THAT(help_of("limits.memry"), HasSubstr("(did you mean `limits.memory`?)"));
  EXPECT_THAT(help_of("pools.reports.queeu"), HasSubstr("(did you mean `pools.NAME.queue`?)"));
  EXPECT_THAT(help_of("xxxxxxxxxx"), Not(HasSubstr("did you mean")));
}

}  // namespace
}  // namespace millrace::project
