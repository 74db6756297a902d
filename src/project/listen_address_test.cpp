#include "project/listen_address.hpp"

#include <gtest/gtest.h>

namespace millrace::project {
namespace {

TEST(ListenAddressTest, HasAHostAndAPort) {
  for (const char* text : {"127.0.0.1:9464", "[::1]:9464", "localhost:0", ":9464"}) {
    const auto address = ListenAddress::parse(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(address->to_string(), text);
  }
  EXPECT_EQ(ListenAddress::parse("[::1]:9464")->host, "::1");
}

TEST(ListenAddressTest, RejectsWhatIsNoAddress) {
  for (const char* text : {"", "9464", "127.0.0.1", "127.0.0.1:", "127.0.0.1:70000", "::1:9464",
                           "[::1]", "[127.0.0.1]:1", "a b:1", "http://127.0.0.1:9464", "host:9x"}) {
    EXPECT_FALSE(ListenAddress::parse(text)) << text;
  }
}

TEST(ListenAddressTest, KnowsLoopbackAddresses) {
  for (const char* text : {"127.0.0.1:1", "127.1.2.3:1", "[::1]:1", "localhost:1"}) {
    EXPECT_TRUE(ListenAddress::parse(text)->is_loopback()) << text;
  }
  for (const char* text : {":1", "0.0.0.0:1", "[::]:1", "10.0.0.1:1", "example.com:1"}) {
    EXPECT_FALSE(ListenAddress::parse(text)->is_loopback()) << text;
  }
}

}  // namespace
}  // namespace millrace::project
