#include "serving/service.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <optional>
#include <string>

#include "gateway/site.hpp"

namespace millrace::serving {
namespace {

constexpr std::uint32_t kLast = std::numeric_limits<std::uint32_t>::max();

TEST(ServiceTest, TakesTheLastGenerationAndRefusesTheOneThatWouldBeginAnew) {
  net::EventLoop loop;
  observe::Log log(false);
  ServiceOptions options;
  options.generations_before = kLast - 1;
  Service service(loop, options, log);
  Deployment last;
  last.pools.resize(1);
  last.pools.front().options.min = 0;
  service.deploy(std::move(last));
  ASSERT_NE(service.site(), nullptr);
  EXPECT_EQ(service.site()->generation, kLast);
  EXPECT_EQ(service.site()->failure, "");

  std::optional<std::string> refused;
  service.replace({}, [&refused](const base::Result<void>& done) {
    refused = done ? "" : done.error().message();
  });
  ASSERT_TRUE(refused.has_value());
  EXPECT_NE(*refused, "");
  EXPECT_EQ(service.site()->generation, kLast);

  service.deploy({});
  EXPECT_EQ(service.site()->failure, *refused);
}

}  // namespace
}  // namespace millrace::serving
