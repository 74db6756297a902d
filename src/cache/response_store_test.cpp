#include "cache/response_store.hpp"

#include <gtest/gtest.h>

namespace millrace::cache {
namespace {

using namespace std::chrono_literals;

TEST(ReadFill, RemovesItsFields) {
  const CachedResponse response = read_fill(
      201,
      "x-millrace-revalidate: 60\r\nx-millrace-expire: 3600\r\nX-Millrace-Other: 1\r\n"
      "x-millrace-tags: a,_N_T_%2Fapi%2Fx,b%2Cc\r\ncontent-type: text/plain\r\nset-cookie: a=1\r\n",
      "body");
  EXPECT_EQ(response.status, 201);
  EXPECT_EQ(response.fields, "content-type: text/plain\r\nset-cookie: a=1\r\n");
  EXPECT_EQ(response.body, "body");
  EXPECT_TRUE(response.keep);
  EXPECT_EQ(response.lifetime.revalidate, 60s);
  EXPECT_EQ(response.lifetime.expire, 3600s);
  EXPECT_EQ(response.tags, (std::vector<std::string>{"a", "_N_T_/api/x", "b,c"}));
  EXPECT_EQ(response.cache_control(), "s-maxage=60, stale-while-revalidate=3540");
}

TEST(ReadFill, LifetimesAreThoseOfNext) {
  const auto of = [](std::string_view fields) {
    return read_fill(200, fields, "").cache_control();
  };
  EXPECT_EQ(of("x-millrace-revalidate: false\r\n"), "s-maxage=31536000");
  EXPECT_EQ(of("x-millrace-revalidate: 31536000\r\nx-millrace-expire: 31536000\r\n"),
            "s-maxage=31536000");
  const std::string_view uncached = "private, no-cache, no-store, max-age=0, must-revalidate";
  EXPECT_EQ(of("x-millrace-revalidate: 0\r\n"), uncached);
  EXPECT_EQ(of("x-millrace-revalidate: -1\r\n"), uncached);
  EXPECT_EQ(of("x-millrace-revalidate: soon\r\n"), uncached);
  EXPECT_EQ(of(""), uncached);
  EXPECT_FALSE(read_fill(200, "x-millrace-revalidate: 9999999999999\r\n", "").lifetime.revalidate);
}

class ResponseStoreTest : public testing::Test {
 protected:
  ResponseStoreTest() { store_.restart(10'000); }

  void keep(std::string key, Lifetime lifetime, std::vector<std::string> tags = {},
            std::string body = "x") {
    CachedResponse response;
    response.body = std::move(body);
    response.lifetime = lifetime;
    response.tags = std::move(tags);
    response.made = response.begun = now_;
    response.keep = true;
    store_.set(std::move(key), std::make_shared<const CachedResponse>(std::move(response)));
  }

  Freshness look(std::string_view key) { return store_.get(key, now_).freshness; }

  TagMarks marks_;
  ResponseStore store_{marks_};
  Clock::time_point now_{1h};
};

TEST_F(ResponseStoreTest, BecomesStaleAndExpires) {
  keep("a", {.revalidate = 10s, .expire = 20s});
  EXPECT_EQ(look("a"), Freshness::fresh);
  now_ += 10001ms;
  EXPECT_EQ(look("a"), Freshness::stale);
  now_ += 10s;
  EXPECT_EQ(look("a"), Freshness::none);
  EXPECT_EQ(store_.bytes(), 0U);
}

TEST_F(ResponseStoreTest, TagsCount) {
  keep("a", {}, {"t"});
  now_ += 1ms;
  marks_.revalidate(std::vector<std::string>{"t"}, TagProfile{}, now_);
  EXPECT_EQ(look("a"), Freshness::stale);
  marks_.revalidate(std::vector<std::string>{"t"}, std::nullopt, now_);
  EXPECT_EQ(look("a"), Freshness::none);
}

TEST_F(ResponseStoreTest, AFailedRenewalIsPostponed) {
  keep("a", {.revalidate = 1s, .expire = 3600s}, {"t"});
  now_ += 2s;
  EXPECT_EQ(look("a"), Freshness::stale);
  store_.put_off("a", now_);
  EXPECT_EQ(look("a"), Freshness::fresh);
  EXPECT_EQ(store_.get("a", now_).response->cache_control(),
            "s-maxage=3, stale-while-revalidate=3597");
  now_ += 3001ms;
  EXPECT_EQ(look("a"), Freshness::stale);
  store_.put_off("none", now_);
}

TEST_F(ResponseStoreTest, ResponsesAreRemovedByTheBeginningOfTheirKeys) {
  for (const char* const key : {"a", "a 1", "a 2", "b 1"}) keep(key, {});
  store_.remove_beginning_with("a ");
  store_.remove_beginning_with("c");
  EXPECT_EQ(look("a"), Freshness::fresh);
  EXPECT_EQ(look("a 1"), Freshness::none);
  EXPECT_EQ(look("a 2"), Freshness::none);
  EXPECT_EQ(look("b 1"), Freshness::fresh);
}

TEST(ReadFill, TellsHowOldAPageIsAndWhatItsClientHearsOfTheCache) {
  const auto read = [](std::string_view fields) { return read_fill(200, fields, ""); };
  EXPECT_EQ(read("x-millrace-revalidate: 5\r\n").state, FillState::miss);
  const CachedResponse found =
      read("x-millrace-revalidate: 5\r\nx-millrace-age: 1500\r\nx-millrace-cache: HIT\r\n");
  EXPECT_EQ(found.state, FillState::hit);
  EXPECT_EQ(found.age, 1500ms);
  EXPECT_EQ(found.fields, "");
  EXPECT_EQ(read("x-millrace-cache: unnamed\r\n").state, FillState::unnamed);
  EXPECT_EQ(read("x-millrace-age: soon\r\n").age, 0ms);
}

TEST_F(ResponseStoreTest, EvictsTheLeastRecentlyUsed) {
  keep("a", {}, {}, std::string(4000, 'a'));
  keep("b", {}, {}, std::string(4000, 'b'));
  EXPECT_EQ(look("a"), Freshness::fresh);
  keep("c", {}, {}, std::string(4000, 'c'));
  EXPECT_EQ(look("b"), Freshness::none);
  EXPECT_EQ(look("a"), Freshness::fresh);
  keep("a", {}, {}, std::string(20'000, 'a'));
  EXPECT_EQ(look("a"), Freshness::none);
}

}  // namespace
}  // namespace millrace::cache
