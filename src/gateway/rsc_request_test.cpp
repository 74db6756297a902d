// Which requests of the App Router's client are redirected; the hashes are those that Next.js's own
// module computes.
#include "gateway/rsc_request.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace millrace::gateway {
namespace {

constexpr std::string_view kPrefetch = "RSC: 1\r\nNext-Router-Prefetch: 1\r\n";
constexpr std::string_view kTree =
    "RSC: 1\r\nNext-Router-Prefetch: 1\r\nNext-Router-Segment-Prefetch: /_tree\r\n";

TEST(RscRequest, IsNoneWithoutItsField) {
  EXPECT_EQ(rsc_redirect("/a?_rsc=wrong", "Host: a\r\n"), std::nullopt);
  EXPECT_EQ(rsc_redirect("/a", "RSC: 0\r\n"), std::nullopt);
}

TEST(RscRequest, WithoutOtherFieldsNamesAnEmptyHash) {
  EXPECT_EQ(rsc_redirect("/a?_rsc", "RSC: 1\r\n"), std::nullopt);
  EXPECT_EQ(rsc_redirect("/a?_rsc=", "RSC: 1\r\n"), std::nullopt);
  EXPECT_EQ(rsc_redirect("/a", "RSC: 1\r\n"), "/a?_rsc");
  EXPECT_EQ(rsc_redirect("/a?b=%20c&_rsc=x", "RSC: 1\r\n"), "/a?b=%20c&_rsc");
}

TEST(RscRequest, NamesTheHashOfTheFieldsThatTellResponsesApart) {
  EXPECT_EQ(rsc_redirect("/", kPrefetch), "/?_rsc=HEAvJdHAQJrUAe2K");
  EXPECT_EQ(rsc_redirect("/?_rsc=HEAvJdHAQJrUAe2K", kPrefetch), std::nullopt);
  EXPECT_EQ(rsc_redirect("/", kTree), "/?_rsc=_i_aeImnuN6u1u1r");
  EXPECT_EQ(rsc_redirect("/?_rsc=HEAvJdHAQJrUAe2K&b", kTree), "/?b&_rsc=_i_aeImnuN6u1u1r");
  const std::string state = "RSC: 1\r\nNext-Router-State-Tree: %5B%22%22%5D\r\nNext-Url: /b\r\n";
  EXPECT_EQ(rsc_redirect("/", state), "/?_rsc=W5ew9fey5qR89xVY");
}

TEST(RscRequest, MayNameTheShortHash) {
  EXPECT_EQ(rsc_redirect("/?_rsc=1r34m", kTree), std::nullopt);
}

TEST(RscRequest, PrefetchOfNoKnownKindIsNone) {
  EXPECT_EQ(rsc_redirect("/?_rsc", "RSC: 1\r\nNext-Router-Prefetch: 9\r\n"), std::nullopt);
}

}  // namespace
}  // namespace millrace::gateway
