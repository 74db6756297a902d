#include "serving/dev_environment.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::serving {
namespace {

using testing::ElementsAre;
using Variables = std::map<std::string, std::string>;

project::Environment files_with(const Variables& variables) {
  project::Environment environment;
  for (const auto& [name, value] : variables) {
    project::LoadedVariable& variable = environment.variables.emplace_back();
    variable.name = name;
    variable.value = value;
  }
  return environment;
}

TEST(DevEnvironment, AddsTheVariablesOfFilesToTheServers) {
  DevEnvironment environment(Variables{{"HOME", "/root"}, {"NODE_ENV", "test"}});
  const auto update = environment.update(files_with({{"KEY", "1"}}), 3000);
  EXPECT_THAT(update.lines, ElementsAre("HOME=/root", "KEY=1", "NODE_ENV=test", "PORT=3000"));
  EXPECT_EQ(update.changes, R"({"KEY":"1"})");
}

TEST(DevEnvironment, NodeEnvDefaultsToDevelopment) {
  DevEnvironment environment(Variables{});
  const auto update = environment.update({}, 1);
  EXPECT_THAT(update.lines, ElementsAre("NODE_ENV=development", "PORT=1"));
  EXPECT_EQ(update.changes, "");
}

TEST(DevEnvironment, RemovesVariablesThatFilesNoLongerSet) {
  DevEnvironment environment(Variables{});
  static_cast<void>(environment.update(files_with({{"A", "1"}, {"B", "1"}}), 1));
  EXPECT_EQ(environment.update(files_with({{"A", "2"}}), 1).changes, R"({"A":"2","B":null})");
  const auto last = environment.update({}, 1);
  EXPECT_EQ(last.changes, R"({"A":null,"B":null})");
  EXPECT_THAT(last.lines, ElementsAre("NODE_ENV=development", "PORT=1"));
}

TEST(DevEnvironment, APortInAFileDoesNotChangeTheServersPort) {
  DevEnvironment environment(Variables{{"PORT", "1"}});
  const auto update = environment.update(files_with({{"PORT", "2"}}), 3);
  EXPECT_THAT(update.lines, ElementsAre("NODE_ENV=development", "PORT=3"));
  EXPECT_EQ(update.changes, "");
}

}  // namespace
}  // namespace millrace::serving
