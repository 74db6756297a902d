#include "project/origin.hpp"

#include <gtest/gtest.h>

namespace millrace::project {
namespace {

TEST(Origin, IsTheUrlOfAServer) {
  for (const std::string_view url :
       {"http://localhost", "http://127.0.0.1:3001", "https://app.example/", "HTTP://[::1]:80"}) {
    EXPECT_TRUE(is_origin(url)) << url;
  }
}

TEST(Origin, HasNeitherPathNorUserNorAnotherScheme) {
  for (const std::string_view url :
       {"", "localhost:3001", "ftp://a", "http://", "http:///", "http://a/b", "http://a?b",
        "http://a#b", "http://user@a", "http://a b", "https:/a", "http://a\n"}) {
    EXPECT_FALSE(is_origin(url)) << url;
  }
}

}  // namespace
}  // namespace millrace::project
