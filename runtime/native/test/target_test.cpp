#include "target.hpp"

#include <gtest/gtest.h>

#include <array>

namespace millrace::native {
namespace {

std::string target(std::string_view text, std::string_view base_path = "") {
  link::InvokeView view;
  view.target = text;
  return target_of(view, {}, base_path, false);
}

TEST(Target, KeepsPlainOnes) {
  EXPECT_EQ(target("/api/a"), "/api/a");
  EXPECT_EQ(target("/api/a?b=1"), "/api/a?b=1");
  EXPECT_EQ(target("/api/a?"), "/api/a");
}

TEST(Target, RemovesTheBasePath) {
  EXPECT_EQ(target("/docs/api/a?b=1", "/docs"), "/api/a?b=1");
  EXPECT_EQ(target("/docs", "/docs"), "/");
}

TEST(Target, ResolvesDotsAndEscapesInvalidCharacters) {
  EXPECT_EQ(target("/a/b/../c/./d"), "/a/c/d");
  EXPECT_EQ(target("/a/%2e%2E/b"), "/b");
  EXPECT_EQ(target("/../a/.."), "/");
  EXPECT_EQ(target("/a\"b"), "/a%22b");
}

TEST(Target, GroupsTheQueryByName) {
  EXPECT_EQ(target("/a?b=1&c=2&b=3"), "/a?b=1&b=3&c=2");
  EXPECT_EQ(target("/a?b=x&2=y&1=z"), "/a?1=z&2=y&b=x");
  EXPECT_EQ(target("/a?b=%zz&c"), "/a?b=%25zz&c=");
}

TEST(Target, ForPagesOmitsSegmentsAndAppliesRewrites) {
  const std::array<Segment, 1> segments = {Segment{.name = "id", .kind = SegmentKind::single}};
  link::InvokeView view;
  view.target = "/api/7?id=8&a=1";
  EXPECT_EQ(target_of(view, segments, "", true), "/api/7?a=1");
  view.fields = "x-millrace-query: a=2&b[]=3&b[]=4\r\nHost: a\r\n";
  EXPECT_EQ(target_of(view, segments, "", true), "/api/7?a=2&b=3&b=4");
  EXPECT_EQ(without_internal_fields(view.fields), "Host: a\r\n");
}

}  // namespace
}  // namespace millrace::native
