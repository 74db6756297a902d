#include "project/checked_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace millrace::project {
namespace {

namespace json = boost::json;

TEST(BasePath, IsValidAsInTheBuilder) {
  std::ifstream file(std::filesystem::path(MILLRACE_CASES) / "base_paths.json", std::ios::binary);
  const json::value cases = json::parse(std::string{std::istreambuf_iterator<char>(file), {}});
  for (const json::value& path : cases.at("fit").as_array()) {
    EXPECT_TRUE(is_base_path(path.as_string())) << path;
  }
  for (const json::value& path : cases.at("do not fit").as_array()) {
    EXPECT_FALSE(is_base_path(path.as_string())) << path;
  }
}

TEST(CheckedText, IsTheNameOfAMethod) {
  for (const char* name : {"GET", "M", "PROPFIND"}) EXPECT_TRUE(is_method(name)) << name;
  for (const std::string& name : {std::string(), std::string("get"), std::string("GET "),
                                  std::string("A-B"), std::string(33, 'A')}) {
    EXPECT_FALSE(is_method(name)) << name;
  }
  EXPECT_TRUE(is_method(std::string(32, 'A')));
}

TEST(CheckedText, NamesAFileBelowAFolder) {
  const auto error_for = [](const std::string& name) {
    const json::object object{{"file", name}};
    JsonReader reader(object, "place");
    EXPECT_EQ(required_file(reader, "file", "a file"), name);
    return reader.error().value_or("");
  };
  for (const char* name : {"a", "a/b.ts", "a/[...b]/c", "..a/b", "a/..b"}) {
    EXPECT_EQ(error_for(name), "") << name;
  }
  for (const char* name : {"", "/a", "..", "../a", "a/..", "a/../b", "a\nb"}) {
    EXPECT_THAT(error_for(name), testing::StartsWith("place.file: expected a")) << name;
  }
}

}  // namespace
}  // namespace millrace::project
