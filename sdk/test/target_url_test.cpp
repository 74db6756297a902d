#include "fetch/target_url.hpp"

#include <gmock/gmock.h>

#include <string>

namespace millrace::client {
namespace {

std::string href(const std::string& text) {
  const auto url = TargetUrl::parse(text);
  return url ? url->href() : "none";
}

std::string resolved(const std::string& base, const std::string& reference) {
  const auto url = TargetUrl::parse(base)->resolve(reference);
  return url ? url->href() : "none";
}

TEST(TargetUrl, ParsesUrls) {
  const auto url = TargetUrl::parse("HTTPS://us:pw@EXAMPLE.com:8443/a/b?c=d#e");
  ASSERT_TRUE(url);
  EXPECT_TRUE(url->secure);
  EXPECT_EQ(url->credentials, "us:pw");
  EXPECT_EQ(url->host, "example.com");
  EXPECT_EQ(url->port, "8443");
  EXPECT_EQ(url->target, "/a/b?c=d");
  EXPECT_EQ(url->origin(), "https://example.com:8443");
  EXPECT_EQ(url->authority(), "example.com:8443");
  EXPECT_EQ(url->href(), "https://example.com:8443/a/b?c=d");
  EXPECT_EQ(url->text(), "https://example.com:8443/a/b");
}

TEST(TargetUrl, KnowsPortsOfSchemes) {
  EXPECT_EQ(TargetUrl::parse("http://a")->port, "80");
  EXPECT_EQ(TargetUrl::parse("https://a:")->port, "443");
  EXPECT_EQ(href("http://a:80/"), "http://a/");
  EXPECT_EQ(href("https://a:443/"), "https://a/");
  EXPECT_EQ(href("http://a:443/"), "http://a:443/");
  EXPECT_EQ(href("http://a:00080/"), "http://a/");
}

TEST(TargetUrl, KnowsAddresses) {
  const auto url = TargetUrl::parse("http://[::1]:3000/");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "[::1]");
  EXPECT_EQ(url->name(), "::1");
  EXPECT_EQ(url->origin(), "http://[::1]:3000");
  EXPECT_EQ(TargetUrl::parse("http://[::1]")->port, "80");
  EXPECT_EQ(TargetUrl::parse("http://127.0.0.1")->name(), "127.0.0.1");
}

TEST(TargetUrl, WritesPathsAsTheStandardDoes) {
  EXPECT_EQ(href("http://a"), "http://a/");
  EXPECT_EQ(href("http://a?b"), "http://a/?b");
  EXPECT_EQ(href("http://a/b/../c/./d/%2e%2E/e"), "http://a/c/e");
  EXPECT_EQ(href("http://a/../../b/.."), "http://a/");
  EXPECT_EQ(href("http://a/b/."), "http://a/b/");
  EXPECT_EQ(href("http://a//b/"), "http://a//b/");
  EXPECT_EQ(href("http://a\\b\\c?d\\e"), "http://a/b/c?d\\e");
  EXPECT_EQ(href("http://a/ä b\"<{%41%"), "http://a/%C3%A4%20b%22%3C%7B%41%");
  EXPECT_EQ(href("http://a/^?^"), "http://a/%5E?^");
  EXPECT_EQ(href("http://a/?ä b'{"), "http://a/?%C3%A4%20b%27{");
  EXPECT_EQ(href("  http://a/b  "), "http://a/b");
  EXPECT_EQ(href("http://a/...?../.."), "http://a/...?../..");
}

TEST(TargetUrl, ParsesTheHostAfterTheLastAt) {
  EXPECT_EQ(href("http://good.test@evil.test/"), "http://evil.test/");
  EXPECT_EQ(href("http://good.test\\@evil.test/"), "http://good.test/@evil.test/");
  EXPECT_EQ(href("http://good.test/@evil.test"), "http://good.test/@evil.test");
  EXPECT_EQ(href("http://good.test?@evil.test"), "http://good.test/?@evil.test");
  EXPECT_EQ(href("http://good.test#@evil.test"), "http://good.test/");
}

TEST(TargetUrl, RejectsInvalidUrls) {
  for (const std::string text : {"",
                                 "a",
                                 "/a",
                                 "//a",
                                 "http:",
                                 "http:/a",
                                 "http://",
                                 "http:///a",
                                 "http://:80",
                                 "ftp://a",
                                 "http://a b/",
                                 "http://a%41/",
                                 "http://ä/",
                                 "http://a:b/",
                                 "http://a:65536/",
                                 "http://a:-1/",
                                 "http://[::1",
                                 "http://[]/",
                                 "http://[::1]x/",
                                 "http://[a.test]/",
                                 "http://a\n/",
                                 "http://a/\r\nb",
                                 "http://a/\tb",
                                 "javascript:alert(1)",
                                 "http://a<b/"}) {
    EXPECT_EQ(href(text), "none") << text;
  }
  EXPECT_EQ(href(std::string("http://a/\0b", 11)), "none");
}

TEST(TargetUrl, ResolvesReferences) {
  const std::string base = "https://u:p@a.test:8443/b/c?d";
  EXPECT_EQ(resolved(base, "/x?y"), "https://a.test:8443/x?y");
  EXPECT_EQ(resolved(base, "x"), "https://a.test:8443/b/x");
  EXPECT_EQ(resolved(base, "../x"), "https://a.test:8443/x");
  EXPECT_EQ(resolved(base, "?x"), "https://a.test:8443/b/c?x");
  EXPECT_EQ(resolved(base, ""), "https://a.test:8443/b/c?d");
  EXPECT_EQ(resolved(base, "#x"), "https://a.test:8443/b/c?d");
  EXPECT_EQ(resolved(base, "//b.test/x"), "https://b.test/x");
  EXPECT_EQ(resolved(base, "http://b.test"), "http://b.test/");
  EXPECT_EQ(resolved(base, "./x:y"), "https://a.test:8443/b/x:y");
  EXPECT_EQ(resolved(base, "/x?u=http://b.test"), "https://a.test:8443/x?u=http://b.test");
  EXPECT_EQ(resolved(base, "mailto:x"), "none");
  EXPECT_EQ(resolved(base, "/x\ny"), "none");
  EXPECT_EQ(TargetUrl::parse(base)->resolve("/x")->credentials, "");
}

}  // namespace
}  // namespace millrace::client
