#include "worker_harness.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::native {
namespace {

INSTANTIATE_TEST_SUITE_P(Threads, WorkerTest, testing::Values(1, 2, 4));

TEST_P(WorkerTest, RespondsToManyAtOnceAndDrains) {
  load(false);
  EXPECT_FALSE(next_json(Kind::ready).contains("error"));
  std::string frames;
  constexpr std::uint32_t kMany = 300;
  for (std::uint64_t stream = 1; stream <= kMany; ++stream) frames += invoke(stream, "GET", true);
  send(frames);
  std::map<std::int64_t, int> seen;
  for (std::uint64_t stream = 1; stream <= kMany; ++stream) {
    const TestResponse& response = response_of(stream);
    EXPECT_EQ(response.status, 200);
    ++seen[boost::json::parse(response.body).at("calls").to_number<std::int64_t>()];
  }
  EXPECT_EQ(seen.size(), kMany) << "each call is counted once";
  send(Kind::drain, 0, "");
  worker_.join();
  EXPECT_EQ(ending_, Ending::drained);
}

TEST_P(WorkerTest, CollectsABodyOrPassesItOnAsItArrives) {
  load(true);
  EXPECT_THAT(std::string(next_json(Kind::ready).at("error").as_string()),
              testing::HasSubstr("/api/gone (app/api/gone/route.cpp)"));
  send(invoke(1, "POST", false) + invoke(2, "PATCH", false));
  for (int i = 0; i < 3; ++i) {
    send(Kind::body, 1, "abc", i == 2);
    send(Kind::body, 2, "abc");
  }
  send(Kind::end, 2, "", true);
  EXPECT_EQ(response_of(1).body, "abcabcabc");
  EXPECT_EQ(response_of(2).body, "9");
}

TEST_P(WorkerTest, DistinguishesStreamNumbersPast32Bits) {
  load(false);
  constexpr std::uint64_t kRound = std::uint64_t{1} << 32U;
  send(invoke(5, "POST", false) + invoke(kRound + 5, "POST", false) +
       invoke(protocol::kMaxStream, "POST", false));
  send(Kind::body, protocol::kMaxStream, "last", true);
  send(Kind::body, kRound + 5, "second", true);
  send(Kind::body, 5, "first", true);
  EXPECT_EQ(response_of(5).body, "first");
  EXPECT_EQ(response_of(kRound + 5).body, "second");
  EXPECT_EQ(response_of(protocol::kMaxStream).body, "last");
}

TEST_P(WorkerTest, StreamsByCredit) {
  load(false);
  send(invoke(1, "PUT", true));
  EXPECT_EQ(response_of(1).body.size(), 500'000U);
  send(invoke(2, "PUT", true));
  read_until([&] { return responses_[2].status == 200; });
  // The client disconnects when half of the stream has been sent.
  send(Kind::abort, 2, std::string(1, static_cast<char>(link::AbortReason::client_gone)));
  send(invoke(3, "GET", true));
  EXPECT_EQ(response_of(3).status, 200);
  send(Kind::drain, 0, "");
  worker_.join();
  EXPECT_EQ(ending_, Ending::drained);
}

TEST_P(WorkerTest, RejectsInvocationsThatItCannotHandle) {
  load(false);
  send(invoke(1, "DELETE", true) + invoke(2, "OPTIONS", true) + invoke(3, "GET", true, 1) +
       invoke(4, "GET", true, 99) + invoke(5, "PUT", false));
  send(Kind::body, 5, "throw", true);
  EXPECT_EQ(response_of(1).status, 405);
  EXPECT_THAT(response_of(1).fields,
              testing::HasSubstr("allow: GET, HEAD, OPTIONS, PATCH, POST, PUT"));
  EXPECT_EQ(response_of(2).status, 204);
  EXPECT_THAT(response_of(2).fields,
              testing::HasSubstr("allow: GET, HEAD, OPTIONS, PATCH, POST, PUT"));
  EXPECT_EQ(response_of(3).status, 500) << "its object cannot be loaded";
  EXPECT_TRUE(response_of(4).aborted) << "there is no such route";
  EXPECT_EQ(response_of(5).status, 500);
}

TEST_P(WorkerTest, SendsSamples) {
  load(false);
  send(invoke(1, "GET", true));
  static_cast<void>(response_of(1));
  std::string ping;
  link::append_ping(ping, 7, true);
  send(ping);
  const boost::json::object sample = next_json(Kind::stats);
  EXPECT_GT(sample.at("rss").to_number<double>(), 0);
  EXPECT_EQ(sample.at("routes").as_array().at(0).at(2), 1);
}

TEST_P(WorkerTest, EndsWithAServerThatBreaksTheProtocol) {
  send(Kind::hello, 0, "{}");
  worker_.join();
  EXPECT_EQ(ending_, Ending::protocol_error);
}

}  // namespace
}  // namespace millrace::native
