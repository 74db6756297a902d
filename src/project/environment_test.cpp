#include "project/environment.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_to.hpp>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

#include "project/test_folder.hpp"

namespace millrace::project {
namespace {

namespace json = boost::json;
using testing::HasSubstr;

using Values = std::map<std::string, std::string>;

Values values_in(const json::value& value) {
  Values values;
  for (const auto& member : value.as_object()) {
    values.emplace(member.key(), json::value_to<std::string>(member.value()));
  }
  return values;
}

Values values_of(const Environment& environment) {
  Values values;
  for (const auto& variable : environment.variables) values[variable.name] = variable.value;
  return values;
}

json::array cases() {
  std::ifstream stream(MILLRACE_ENV_CASES);
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  return json::parse(text).as_array();
}

// env_cases.mjs recorded the results of @next/env.
TEST(Environment, MatchesNextEnv) {
  const json::array all = cases();
  ASSERT_GT(all.size(), 60U);
  for (const json::value& item : all) {
    SCOPED_TRACE(json::value_to<std::string>(item.at("name")));
    const TestFolder folder;
    for (const auto& [name, text] : values_in(item.at("files"))) folder.write(name, text);
    const json::value* real = item.as_object().if_contains("real");
    const json::value* mode = item.as_object().if_contains("mode");
    const auto environment = load_environment(
        folder.path(), *mode_named(mode ? json::value_to<std::string>(*mode) : "development"),
        real ? values_in(*real) : Values());
    // null: @next/env logged an error and ignored the file; here loading fails.
    const json::value& expected = item.at("expected");
    ASSERT_EQ(environment.has_value(), !expected.is_null());
    if (environment) {
      EXPECT_EQ(values_of(*environment), values_in(expected));
    }
  }
}

TEST(Environment, ReportsTheFileOfEachVariable) {
  const TestFolder folder;
  folder.write(".env", "A=1\nB=1\nC=1\n");
  folder.write(".env.local", "B=2\n");
  const auto environment = load_environment(folder.path(), Mode::production, {{"C", "real"}});
  ASSERT_TRUE(environment);
  ASSERT_EQ(environment->variables.size(), 2U);
  EXPECT_EQ(environment->variables[0].file, ".env");
  EXPECT_EQ(environment->variables[1].file, ".env.local");
  EXPECT_EQ(environment->variables[1].value, "2");
  ASSERT_EQ(environment->shadowed.size(), 1U);
  EXPECT_EQ(environment->shadowed[0].name, "C");
  EXPECT_EQ(environment->files, (std::vector<std::string>{".env.local", ".env"}));
}

TEST(Environment, NamesTheFileAndTheVariableThatRefersToItself) {
  const TestFolder folder;
  folder.write(".env.local", "LOOP=x$LOOP\n");
  const auto environment = load_environment(folder.path(), Mode::development, {});
  ASSERT_FALSE(environment);
  EXPECT_THAT(environment.error().message(), HasSubstr(".env.local"));
  EXPECT_THAT(environment.error().message(), HasSubstr("LOOP"));
}

TEST(Environment, IgnoresFoldersOfThatName) {
  const TestFolder folder;
  folder.write(".env/inside", "A=1");
  const auto environment = load_environment(folder.path(), Mode::development, {});
  ASSERT_TRUE(environment);
  EXPECT_TRUE(environment->variables.empty());
}

TEST(Environment, MasksWhatIsNotPublic) {
  EXPECT_EQ(shown_value({.name = "SECRET", .value = "hunter2", .file = ".env"}), "********");
  EXPECT_EQ(shown_value({.name = "SECRET", .value = "", .file = ".env"}), "");
  EXPECT_EQ(shown_value({.name = "NEXT_PUBLIC_A", .value = "a\nb\x1b", .file = ".env"}), "a\\nb?");
}

}  // namespace
}  // namespace millrace::project
