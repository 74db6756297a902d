// Connections to upstreams that are kept for later requests.
#include "gateway/upstream_pool.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "gateway/testing/test_origin.hpp"
#include "gateway/upstream_request.hpp"

namespace millrace::gateway {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// A request and what has come of it.
class Asking final : private ResponseSource::Observer {
 public:
  Asking(net::EventLoop& loop, UpstreamPool& pool, const std::string& port, std::string method,
         const std::function<void()>& on_change, ClientTable::Lease descriptor,
         bool has_body = false)
      : method_(std::move(method)), on_change_(on_change) {
    head_.method = method_;
    head_.has_body = has_body;
    request_ = std::make_unique<UpstreamRequest>(
        loop, pool,
        UpstreamCall{.target = {.secure = false,
                                .host = "127.0.0.1",
                                .port = port,
                                .authority = "site.example",
                                .path = "/"},
                     .name = "other",
                     .fields = {},
                     .timeout = 1h,
                     .forwarding = Forwarding::site,
                     .descriptor = std::move(descriptor)},
        head_, nullptr, static_cast<ResponseSource::Observer&>(*this));
    request_->begin();
  }

  UpstreamRequest& request() { return *request_; }

  std::string body;
  bool ended = false;
  std::optional<std::string> failure;

 private:
  void on_response(const link::ResponseView& response, bool end) override {
    on_body(response.body, end);
  }
  void on_body(std::string_view bytes, bool end) override {
    body += bytes;
    ended = end;
    on_change_();
  }
  void on_writable() override {}
  void on_failed(SourceFailure /*failure*/, std::string_view reason) override {
    failure = reason;
    on_change_();
  }

  std::string method_;
  http::RequestHead head_;
  const std::function<void()>& on_change_;
  std::unique_ptr<UpstreamRequest> request_;
};

class UpstreamPoolTest : public testing::Test {
 protected:
  Asking& ask(std::string method = "GET", bool has_body = false) {
    ++*descriptors_;
    const ClientTable::Lease lease(descriptors_.get(),
                                   [count = descriptors_](const void*) { --*count; });
    return asked_.emplace_back(loop_, pool_, origin_.port(), std::move(method), on_change_, lease,
                               has_body);
  }

  /// A request whose head has come on the connection of that number, as the first since `from`.
  void arrives(std::size_t connection, std::size_t from = 0) {
    run_until([&] {
      return origin_.peers.size() > connection && origin_.peers[connection].got.size() > from &&
             origin_.peers[connection].got.ends_with("\r\n\r\n");
    });
  }

  /// A complete exchange on the connection of that number.
  void exchange(std::size_t connection, std::string_view response = kOk) {
    const std::size_t before =
        origin_.peers.size() > connection ? origin_.peers[connection].got.size() : 0;
    Asking& asking = ask();
    arrives(connection, before);
    origin_.peers[connection].say(response);
    run_until([&] { return asking.ended; });
  }

  void run_until(std::function<bool()> reached) {
    reached_ = std::move(reached);
    if (!reached_()) loop_.run();
    reached_ = nullptr;
  }

  net::EventLoop loop_;
  std::function<bool()> reached_;
  std::function<void()> on_change_ = [this] {
    if (reached_ && reached_()) loop_.stop();
  };
  TestOrigin origin_{loop_, [this] { on_change_(); }};
  UpstreamPool pool_{loop_};
  /// Descriptors that are in use.
  std::shared_ptr<int> descriptors_ = std::make_shared<int>(0);
  std::deque<Asking> asked_;
};

TEST_F(UpstreamPoolTest, GivesAConnectionToTheNextRequest) {
  exchange(0);
  EXPECT_EQ(pool_.size(), 1U);
  EXPECT_EQ(*descriptors_, 1);
  exchange(0);
  exchange(0, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n");
  EXPECT_EQ(origin_.peers.size(), 1U);
  EXPECT_EQ(*descriptors_, 1) << "the request's own is returned with the first byte";
  EXPECT_THAT(origin_.peers[0].got, Not(HasSubstr("connection: close")));
}

TEST_F(UpstreamPoolTest, HasAConnectionForEachRequestInFlight) {
  ask();
  ask();
  arrives(0);
  arrives(1);
  for (auto& peer : origin_.peers) peer.say(kOk);
  run_until([&] { return asked_[0].ended && asked_[1].ended; });
  EXPECT_EQ(pool_.size(), 2U);
}

TEST_F(UpstreamPoolTest, KeepsNoConnectionWhoseResponseEndsWithItOrSaysSo) {
  exchange(0, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
  exchange(1, "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok");
  exchange(2, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok and more");
  exchange(3, "HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1\r\nContent-Length: 2\r\n\r\nok");
  Asking& until_close = ask();
  arrives(4);
  origin_.peers[4].say("HTTP/1.1 200 OK\r\n\r\nok");
  origin_.peers[4].end();
  run_until([&] { return until_close.ended; });
  EXPECT_EQ(pool_.size(), 0U);
}

TEST_F(UpstreamPoolTest, KeepsNoConnectionWhoseRequestIsIncomplete) {
  Asking& asking = ask("POST", true);
  arrives(0);
  origin_.peers[0].say(kOk);
  run_until([&] { return asking.ended; });
  EXPECT_EQ(pool_.size(), 0U);
}

TEST_F(UpstreamPoolTest, GivesRequestsThatCannotBeRepeatedANewConnection) {
  exchange(0);
  ask("POST");
  arrives(1);
  EXPECT_EQ(pool_.size(), 1U);
}

TEST_F(UpstreamPoolTest, ForgetsAConnectionThatTheUpstreamEnds) {
  exchange(0);
  origin_.peers[0].end();
  run_until([&] { return origin_.peers[0].ended; });
  EXPECT_EQ(pool_.size(), 0U);
  EXPECT_EQ(*descriptors_, 0);
}

TEST_F(UpstreamPoolTest, ForgetsAConnectionOnWhichTheUpstreamSpeaksUnasked) {
  exchange(0);
  origin_.peers[0].say(kOk);
  run_until([&] { return origin_.peers[0].ended || origin_.peers[0].closed; });
  EXPECT_EQ(pool_.size(), 0U);
}

TEST_F(UpstreamPoolTest, RepeatsARequestWhoseKeptConnectionFailsBeforeTheResponse) {
  for (const bool orderly : {true, false}) {
    const std::size_t kept = origin_.peers.size();
    exchange(kept);
    Asking& asking = ask();
    arrives(kept, origin_.peers[kept].got.size());
    if (orderly) {
      origin_.peers[kept].end();
    } else {
      origin_.peers[kept].break_off();
    }
    arrives(kept + 1);
    origin_.peers[kept + 1].say(
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
    run_until([&] { return asking.ended; });
    EXPECT_EQ(asking.body, "ok");
    EXPECT_FALSE(asking.failure);
  }
  EXPECT_EQ(*descriptors_, 0);
}

TEST_F(UpstreamPoolTest, RepeatsARequestOnlyOnce) {
  exchange(0);
  Asking& asking = ask();
  arrives(0, origin_.peers[0].got.size());
  origin_.peers[0].end();
  arrives(1);
  origin_.peers[1].end();
  run_until([&] { return asking.failure.has_value(); });
  EXPECT_EQ(origin_.peers.size(), 2U);
}

TEST_F(UpstreamPoolTest, DoesNotRepeatARequestWhoseResponseHasBegun) {
  exchange(0);
  Asking& asking = ask();
  arrives(0, origin_.peers[0].got.size());
  origin_.peers[0].say("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no");
  run_until([&] { return asking.body == "o"; });
  origin_.peers[0].end();
  run_until([&] { return asking.failure.has_value(); });
  EXPECT_EQ(origin_.peers.size(), 1U);
}

TEST_F(UpstreamPoolTest, ClosesTheConnectionThatWasIdleLongestForOneTooMany) {
  const std::size_t all = UpstreamPool::kMostIdle + 1;
  for (std::size_t i = 0; i < all; ++i) ask();
  for (std::size_t i = 0; i < all; ++i) arrives(i);
  for (std::size_t i = 0; i < all; ++i) {
    origin_.peers[i].say(kOk);
    run_until([&] {
      std::size_t ended = 0;
      for (const Asking& asking : asked_) ended += asking.ended ? 1 : 0;
      return ended == i + 1;
    });
  }
  EXPECT_EQ(pool_.size(), UpstreamPool::kMostIdle);
  run_until([&] { return origin_.peers[0].ended || origin_.peers[0].closed; });
  while (pool_.evict()) {
  }
  EXPECT_EQ(pool_.size(), 0U);
  EXPECT_EQ(*descriptors_, 0);
}

TEST_F(UpstreamPoolTest, KeepsAConnectionNoLongerThanTheUpstreamSays) {
  EXPECT_EQ(idle_time(""), 4s);
  EXPECT_EQ(idle_time("timeout=5"), 4s);
  EXPECT_EQ(idle_time("timeout=3, max=100"), 2s);
  EXPECT_EQ(idle_time("max=100, Timeout=2"), 1s);
  EXPECT_LE(idle_time("timeout=1"), 0s);
  EXPECT_EQ(idle_time("timeout=soon"), 4s);
}

}  // namespace
}  // namespace millrace::gateway
