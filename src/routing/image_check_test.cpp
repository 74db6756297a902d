// The check of requests for images, held against Next.js: image_cases.mjs wrote what its optimiser
// says to each query.
#include "routing/image_check.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_to.hpp>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

#include "project/json_reader.hpp"

namespace millrace::routing {
namespace {

namespace json = boost::json;

json::value read_image_cases() {
  std::ifstream stream(MILLRACE_IMAGE_CASES);
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  return json::parse(text);
}

project::ImageSettings settings_of(const json::object& holder) {
  project::JsonReader reader(holder, "pages");
  const auto settings = project::read_images(reader);
  EXPECT_FALSE(reader.error()) << *reader.error();
  return settings.value_or(project::ImageSettings());
}

TEST(ImageCheck, RefusesWhatNextRefuses) {
  int decided = 0;
  const json::value cases = read_image_cases();
  for (const json::value& group : cases.as_array()) {
    const auto check = ImageCheck::compile(settings_of(group.as_object()));
    ASSERT_TRUE(check) << check.error().message();
    for (const json::value& item : group.at("queries").as_array()) {
      const auto query = json::value_to<std::string>(item.at("query"));
      std::optional<std::string> expected;
      if (!item.at("message").is_null()) {
        expected = json::value_to<std::string>(item.at("message"));
      }
      const auto refusal = check.value().refusal(query);
      if (item.at("certain").as_bool()) {
        EXPECT_EQ(refusal, expected) << query;
        ++decided;
      } else if (refusal) {
        EXPECT_EQ(refusal, expected) << query;
      }
    }
  }
  EXPECT_GT(decided, 100);
}

TEST(ImageCheck, LeavesLongQueriesToTheOptimiser) {
  const auto check = ImageCheck::compile({.enabled = true, .sizes = {640}});
  ASSERT_TRUE(check);
  std::string query = "w=1&q=75&url=%2Fa.png";
  EXPECT_TRUE(check.value().refusal(query));
  for (int i = 0; i < 100; ++i) query += "&x=1";
  EXPECT_FALSE(check.value().refusal(query));
}

TEST(ImageCheck, ReportsPatternsThatDoNotCompile) {
  project::ImageSettings settings{.enabled = true};
  settings.local_patterns = {{.pathname = "(", .search = std::nullopt}};
  EXPECT_FALSE(ImageCheck::compile(settings));
}

}  // namespace
}  // namespace millrace::routing
