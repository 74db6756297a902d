// Which form of a page a request is for, and how a page's entry is asked for it.
#include "gateway/page_variant.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>

#include "gateway/testing/test_site.hpp"

namespace millrace::gateway {
namespace {

using project::RouterKind;

struct VariantCase {
  const char* name;
  std::string_view fields;
  std::optional<std::string> variant;
};

class AppPageVariantTest : public testing::TestWithParam<VariantCase> {};

TEST_P(AppPageVariantTest, FollowsFromTheFields) {
  const project::Route page = route_at("/a", RouterKind::app_page);
  EXPECT_EQ(page_variant(page, GetParam().fields, false), GetParam().variant);
}

INSTANTIATE_TEST_SUITE_P(
    All, AppPageVariantTest,
    testing::Values(
        VariantCase{"Html", "Host: a\r\n", ""}, VariantCase{"Rsc", "RSC: 1\r\n", "rsc"},
        VariantCase{"OtherRscIsHtml", "RSC: true\r\n", ""},
        VariantCase{"Prefetch", "rsc: 1\r\nNext-Router-Prefetch: 1\r\n", "rsc"},
        VariantCase{"PrefetchAtRunTime", "rsc: 1\r\nnext-router-prefetch: 2\r\n", "rsc"},
        VariantCase{"StateTree", "rsc: 1\r\nnext-router-state-tree: x\r\n", "rsc"},
        VariantCase{"Segment",
                    "rsc: 1\r\nnext-router-prefetch: 1\r\nnext-router-segment-prefetch: /_tree\r\n",
                    "segment:/_tree"},
        VariantCase{"SegmentThatIsNoPrefetch", "rsc: 1\r\nnext-router-segment-prefetch: /_tree\r\n",
                    "rsc"},
        VariantCase{"SegmentWithoutRsc",
                    "next-router-prefetch: 1\r\nnext-router-segment-prefetch: /_tree\r\n",
                    std::nullopt},
        VariantCase{"EmptySegment",
                    "rsc: 1\r\nnext-router-prefetch: 1\r\nnext-router-segment-prefetch: \r\n",
                    std::nullopt},
        VariantCase{"OnDemand", "x-prerender-revalidate: secret\r\n", std::nullopt}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(PageVariantTest, LongNameOfASegmentIsLeftToThePage) {
  const project::Route page = route_at("/a", RouterKind::app_page);
  const auto asked = [&page](std::size_t length) {
    return page_variant(page,
                        "rsc: 1\r\nnext-router-prefetch: 1\r\nnext-router-segment-prefetch: " +
                            std::string(length, 'a') + "\r\n",
                        false);
  };
  EXPECT_TRUE(asked(1024));
  EXPECT_FALSE(asked(1025));
}

TEST(PageVariantTest, PageOfThePagesRouterHasDataAndIgnoresWhatIsForTheAppRouter) {
  const project::Route page = route_at("/a", RouterKind::page);
  EXPECT_EQ(page_variant(page, "RSC: 1\r\n", false), "");
  EXPECT_EQ(page_variant(page, "Host: a\r\n", true), "data");
}

TEST(PageVariantTest, PageOfTheAppRouterHasNoData) {
  EXPECT_EQ(page_variant(route_at("/a", RouterKind::app_page), "Host: a\r\n", true), std::nullopt);
}

TEST(PageVariantTest, FieldsLeadToTheSameVariant) {
  const project::Route page = route_at("/a", RouterKind::app_page);
  for (const std::string variant :
       {"", "rsc", "segment:/_tree", "segment:/blog/$d$slug/__PAGE__"}) {
    EXPECT_EQ(page_variant(page, fields_of_variant(variant), false), variant);
  }
  EXPECT_EQ(fields_of_variant("data"), "x-nextjs-data: 1\r\n");
}

TEST(PageVariantTest, TakesNoCrawlerForABrowser) {
  for (const std::string_view crawler :
       {"Mozilla/5.0 (compatible; Googlebot/2.1)", "AdsBot-Google", "Chrome-Lighthouse",
        "facebookexternalhit/1.1", "Mozilla/5.0 (compatible; bingbot/2.0)", "WhatsApp/2",
        "quora link preview", "Baiduspider", "Yahoo! Slurp"}) {
    EXPECT_TRUE(may_be_crawler("User-Agent: " + std::string(crawler) + "\r\n")) << crawler;
  }
  EXPECT_FALSE(may_be_crawler("User-Agent: Mozilla/5.0 (X11; Linux x86_64) Firefox/130.0\r\n"));
  EXPECT_FALSE(may_be_crawler("Host: a\r\n"));
}

}  // namespace
}  // namespace millrace::gateway
