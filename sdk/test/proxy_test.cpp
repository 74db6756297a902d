#include "millrace/proxy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace {
namespace {

/// The value of `name` that the route sees; none where it is not listed.
std::optional<std::string> seen(const Response& response, const std::string& name) {
  const std::string names = "," + response.header("x-middleware-override-headers").value() + ",";
  if (names.find("," + name + ",") == std::string::npos) return std::nullopt;
  return response.header("x-middleware-request-" + name);
}

TEST(Proxy, ChangesFieldsInAnyCase) {
  const Request request({.fields = "x-user: evil\r\nX-Role: admin\r\n"}, "");
  const Response taken = next(request, {{"X-User", ""}, {"x-ROLE", ""}});
  EXPECT_EQ(seen(taken, "x-user"), std::nullopt);
  EXPECT_EQ(seen(taken, "x-role"), std::nullopt);
  const Response set = next(request, {{"X-User", "good"}, {"x-user", "better"}, {"X-New", "1"}});
  EXPECT_EQ(seen(set, "x-user"), "better");
  EXPECT_EQ(seen(set, "x-role"), "admin");
  EXPECT_EQ(seen(set, "x-new"), "1");
  const std::string names = set.header("x-middleware-override-headers").value();
  EXPECT_EQ(names.find("X-"), std::string::npos) << names;
}

}  // namespace
}  // namespace millrace
