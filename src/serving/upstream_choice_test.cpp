#include "serving/upstream_choice.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::serving {
namespace {

using testing::HasSubstr;

TEST(UpstreamChoice, IsNoneWithoutAUrl) {
  const auto chosen = choose_upstream({}, "");
  ASSERT_TRUE(chosen);
  EXPECT_FALSE(chosen->has_value());
}

TEST(UpstreamChoice, IsTheOptionBeforeTheKey) {
  project::Settings settings;
  settings.upstream.url = "https://app.example/";
  const auto by_key = choose_upstream(settings, "");
  ASSERT_TRUE(by_key && *by_key);
  EXPECT_EQ((*by_key)->server(), "https://app.example:443");
  EXPECT_EQ((*by_key)->path, "");
  const auto by_option = choose_upstream(settings, "http://127.0.0.1:3001");
  ASSERT_TRUE(by_option && *by_option);
  EXPECT_EQ((*by_option)->server(), "http://127.0.0.1:3001");
}

TEST(UpstreamChoice, NamesTheSourceOfAUrlThatIsNoServers) {
  const auto by_option = choose_upstream({}, "http://a/path");
  ASSERT_FALSE(by_option);
  EXPECT_THAT(by_option.error().message(), HasSubstr("--upstream: expected the URL of a server"));
  project::Settings settings;
  settings.upstream.url = "http://a:port";
  const auto by_key = choose_upstream(settings, "");
  ASSERT_FALSE(by_key);
  EXPECT_THAT(by_key.error().message(), HasSubstr("millrace.toml: [upstream] url: expected"));
}

}  // namespace
}  // namespace millrace::serving
