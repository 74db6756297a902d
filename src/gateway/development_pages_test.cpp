#include "gateway/development_pages.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "gateway/site.hpp"
#include "gateway/testing/test_site.hpp"

namespace millrace::gateway {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kHost = "Host: localhost:3000\r\n";
constexpr std::string_view kSameOrigin =
    "Host: localhost:3000\r\nOrigin: http://localhost:3000\r\n";

class DevelopmentPagesTest : public testing::Test {
 protected:
  DevelopmentPagesTest()
      : pages_("<pre><!--text--></pre><script>/*data*/null</script>",
               [this](const SourcePlace& place) -> base::Result<void> {
                 if (place.file == "no")
                   return base::Error(base::ErrorCode::not_found, "no such file");
                 opened_.push_back(place.file + ":" + std::to_string(place.line) + ":" +
                                   std::to_string(place.column));
                 return {};
               }) {}

  DevelopmentPages::Response request(std::string_view method, std::string_view target,
                                     std::string_view fields = kHost,
                                     std::string address = "127.0.0.1") {
    http::RequestHead head;
    head.method = method;
    head.target = target;
    head.fields = fields;
    return pages_.respond(head, {.address = std::move(address)}, false);
  }

  std::optional<DevelopmentPages::Response> form_of(const OwnResponse& response,
                                                    std::string_view target, std::string accept,
                                                    const Site* site = nullptr) {
    const std::string fields = "accept: " + accept + "\r\n";
    http::RequestHead head;
    head.method = "GET";
    head.target = target;
    head.fields = fields;
    return pages_.form_of(response, head, site);
  }

  DevelopmentPages pages_;
  std::vector<std::string> opened_;
};

TEST_F(DevelopmentPagesTest, OwnsTwoTargetsOnly) {
  EXPECT_TRUE(DevelopmentPages::owns("/__millrace/build"));
  EXPECT_TRUE(DevelopmentPages::owns("/__millrace/open?file=a"));
  EXPECT_FALSE(DevelopmentPages::owns("/__millrace/"));
  EXPECT_FALSE(DevelopmentPages::owns("/__millrace/opener"));
  EXPECT_FALSE(DevelopmentPages::owns("/x/__millrace/open"));
}

TEST_F(DevelopmentPagesTest, SayWhichSiteIsServed) {
  EXPECT_EQ(request("GET", "/__millrace/build").body,
            R"({"building":false,"generation":0,"revision":0})");
  pages_.on_served(4);
  EXPECT_EQ(request("GET", "/__millrace/build").body,
            R"({"building":false,"generation":4,"revision":1})");
  EXPECT_EQ(request("POST", "/__millrace/build").status, 405);
}

TEST_F(DevelopmentPagesTest, OpenAFileForAPageOfTheServer) {
  EXPECT_EQ(
      request("POST", "/__millrace/open?file=app%2Fa+b.ts&line=3&column=9", kSameOrigin).status,
      204);
  EXPECT_EQ(request("POST", "/__millrace/open?file=a.ts&line=x", kSameOrigin, "::1").status, 204);
  EXPECT_EQ(opened_, (std::vector<std::string>{"app/a b.ts:3:9", "a.ts:1:1"}));
  const auto missing = request("POST", "/__millrace/open?file=no", kSameOrigin);
  EXPECT_EQ(missing.status, 403);
  EXPECT_EQ(missing.body, "no such file\n");
}

TEST_F(DevelopmentPagesTest, OpenNothingForAnyoneElse) {
  const std::string_view target = "/__millrace/open?file=a.ts";
  EXPECT_EQ(request("GET", target, kSameOrigin).status, 405);
  EXPECT_EQ(request("POST", target, kHost).status, 403);
  EXPECT_EQ(request("POST", target, "Host: localhost:3000\r\nOrigin: null\r\n").status, 403);
  EXPECT_EQ(
      request("POST", target, "Host: localhost:3000\r\nOrigin: https://evil.example\r\n").status,
      403);
  EXPECT_EQ(
      request("POST", target, "Host: localhost:3000\r\nOrigin: http://localhost:3001\r\n").status,
      403);
  EXPECT_EQ(request("POST", target, kSameOrigin, "192.168.1.7").status, 403);
  EXPECT_EQ(request("POST", target, kSameOrigin, "").status, 403);
  EXPECT_TRUE(opened_.empty());
}

TEST_F(DevelopmentPagesTest, TakeTheFormThatTheClientAccepts) {
  const OwnResponse response{.status = 500, .text = "next.config.js: <b>\nsecond"};
  EXPECT_FALSE(form_of(response, "/a", "*/*"));
  const auto page = form_of(response, "/a", "text/html,application/xhtml+xml,*/*;q=0.8");
  ASSERT_TRUE(page);
  EXPECT_EQ(page->status, 500);
  EXPECT_THAT(page->fields, HasSubstr("Content-Type: text/html; charset=utf-8\r\n"));
  EXPECT_THAT(page->fields, HasSubstr("Content-Security-Policy: default-src 'none'"));
  EXPECT_THAT(page->body, HasSubstr("<pre>next.config.js: &lt;b&gt;\nsecond</pre>"));
  EXPECT_THAT(page->body, HasSubstr(R"("title":"next.config.js: \u003cb>")"));
  const auto json = form_of(response, "/a", "application/json, text/plain, */*");
  ASSERT_TRUE(json);
  EXPECT_THAT(json->fields, HasSubstr("Content-Type: application/json"));
  EXPECT_THAT(json->body, HasSubstr(R"("text":"second")"));
}

TEST_F(DevelopmentPagesTest, KeepTextsInsideTheirElements) {
  const OwnResponse response{
      .status = 500, .text = "</script></pre><script>x()</script> /*data*/null <!--text-->"};
  const auto page = form_of(response, "/</script>", "text/html");
  ASSERT_TRUE(page);
  EXPECT_THAT(page->body, Not(HasSubstr("<script>x()")));
  std::size_t ends = 0;
  for (std::size_t at = 0; (at = page->body.find("</script>", at)) != std::string::npos; ++at)
    ++ends;
  EXPECT_EQ(ends, 1U);
}

TEST_F(DevelopmentPagesTest, ListTheRoutesWhereNothingIsFound) {
  SitePlan plan;
  plan.routes = {route_at("/api/a"), route_at("/api/[id]")};
  plan.routes[0].file = "pages/api/a.ts";
  const auto site = site_of(plan);
  const auto page = form_of(kNotFound, "/nothing", "text/html", site.get());
  ASSERT_TRUE(page);
  EXPECT_EQ(page->status, 404);
  EXPECT_THAT(page->body, HasSubstr(R"({"path":"/api/a","methods":"","file":"pages/api/a.ts"})"));
  const auto text = form_of(kNotFound, "/", "*/*", site.get());
  ASSERT_TRUE(text);
  EXPECT_THAT(text->body,
              HasSubstr("This page could not be found.\nThe routes of this project:\n  /api/a  "
                        "(pages/api/a.ts)\n"));
  EXPECT_FALSE(form_of(kNotFound, "/nothing", "*/*", site.get()));
}

TEST_F(DevelopmentPagesTest, SayWhatToCreateWithoutRoutes) {
  const auto site = site_of({});
  const auto text = form_of(kNotFound, "/", "*/*", site.get());
  ASSERT_TRUE(text);
  EXPECT_THAT(text->body, HasSubstr("This project has no routes yet: create "));
}

}  // namespace
}  // namespace millrace::gateway
