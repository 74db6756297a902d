#include "millrace/jwks.hpp"

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <optional>
#include <vector>

namespace millrace {
namespace {

using namespace std::chrono_literals;

/// A public key with each id. No token of the tests has a valid signature: the tests check how
/// often the set is fetched, and the reason for the rejection.
constexpr std::string_view kFirst =
    R"({"kty":"OKP","crv":"Ed25519","kid":"first","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})";
constexpr std::string_view kSecond =
    R"({"kty":"OKP","crv":"Ed25519","kid":"second","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})";
/// {"alg":"EdDSA","kid":"second"} and the like.
constexpr std::string_view kHeaderOfFirst = "eyJhbGciOiJFZERTQSIsImtpZCI6ImZpcnN0In0";
constexpr std::string_view kHeaderOfSecond = "eyJhbGciOiJFZERTQSIsImtpZCI6InNlY29uZCJ9";

std::string token_of(std::string_view header) { return std::string(header) + ".e30.AAAA"; }

class Jwks : public testing::Test {
 protected:
  /// A provider that responds when the test tells it to.
  struct Fetch {
    explicit Fetch(const boost::asio::any_io_executor& executor) : answered(executor) {
      answered.expires_at(boost::asio::steady_timer::time_point::max());
    }
    boost::asio::steady_timer answered;
    std::optional<std::string> text;
  };

  void verify(std::string_view header, std::optional<std::string>& outcome,
              boost::asio::cancellation_signal* cancel = nullptr) {
    auto finished = [&outcome](const std::exception_ptr& error, const std::string& problem) {
      outcome = problem;
      if (!error) return;
      try {
        std::rethrow_exception(error);
      } catch (const std::exception& thrown) {
        outcome = std::string("threw: ") + thrown.what();
      }
    };
    auto task = problem_of(token_of(header));
    if (cancel == nullptr) {
      boost::asio::co_spawn(loop_, std::move(task), finished);
    } else {
      boost::asio::co_spawn(loop_, std::move(task),
                            boost::asio::bind_cancellation_slot(cancel->slot(), finished));
    }
    turn();
  }

  void turn() {
    loop_.restart();
    loop_.poll();
  }

  /// Ends the oldest fetch in progress with a text or a failure.
  void answer(std::optional<std::string> text) {
    ASSERT_FALSE(under_way_.empty());
    under_way_.front()->text = std::move(text);
    under_way_.front()->answered.cancel();
    under_way_.pop_front();
    turn();
  }

  static std::string set_of(std::string_view keys) {
    return "{\"keys\":[" + std::string(keys) + "]}";
  }

  boost::asio::io_context loop_{1};
  JwksCache::Clock::time_point now_ = JwksCache::Clock::now();
  int fetches_ = 0;
  std::deque<std::shared_ptr<Fetch>> under_way_;
  JwksCache cache_{"https://login.example.com/keys", [this](std::string) { return fetch(); },
                   [this] { return now_; }};

 private:
  Task<std::string> problem_of(std::string token) {
    const VerifiedJwt verified = co_await cache_.verify(std::move(token));
    co_return verified.problem;
  }

  Task<std::string> fetch() {
    ++fetches_;
    const auto asked = std::make_shared<Fetch>(co_await boost::asio::this_coro::executor);
    under_way_.push_back(asked);
    try {
      co_await asked->answered.async_wait(boost::asio::use_awaitable);
    } catch (const boost::system::system_error&) {
    }
    if (!asked->text) throw std::runtime_error("no response");
    co_return *asked->text;
  }
};

constexpr const char* kRejected = "no key matches its signature";

TEST_F(Jwks, AllCallersWaitForOneFetch) {
  std::vector<std::optional<std::string>> outcomes(20);
  for (auto& outcome : outcomes) verify(kHeaderOfFirst, outcome);
  EXPECT_EQ(fetches_, 1);
  for (const auto& outcome : outcomes) EXPECT_FALSE(outcome);
  answer(set_of(kFirst));
  for (const auto& outcome : outcomes) EXPECT_EQ(outcome, kRejected);
  EXPECT_EQ(fetches_, 1);
}

TEST_F(Jwks, ATokenWithANewKeyWaitsForTheFetch) {
  std::optional<std::string> outcome;
  verify(kHeaderOfFirst, outcome);
  answer(set_of(kFirst));
  now_ += 31s;
  std::optional<std::string> one;
  std::optional<std::string> other;
  std::optional<std::string> known;
  verify(kHeaderOfSecond, one);
  verify(kHeaderOfSecond, other);
  // A token whose key is present does not wait.
  verify(kHeaderOfFirst, known);
  EXPECT_EQ(known, kRejected);
  EXPECT_FALSE(one);
  EXPECT_FALSE(other);
  answer(set_of(std::string(kFirst).append(",").append(kSecond)));
  EXPECT_EQ(one, kRejected);
  EXPECT_EQ(other, kRejected);
  EXPECT_EQ(fetches_, 2);
}

TEST_F(Jwks, ACancelledCallerDoesNotEndTheFetch) {
  boost::asio::cancellation_signal cancel;
  std::optional<std::string> gone;
  verify(kHeaderOfFirst, gone, &cancel);
  cancel.emit(boost::asio::cancellation_type::terminal);
  turn();
  ASSERT_TRUE(gone);
  EXPECT_TRUE(gone->starts_with("threw")) << *gone;
  std::optional<std::string> honest;
  verify(kHeaderOfFirst, honest);
  EXPECT_FALSE(honest);
  answer(set_of(kFirst));
  EXPECT_EQ(honest, kRejected);
  EXPECT_EQ(fetches_, 1);
}

TEST_F(Jwks, AnUnknownKeyCausesAFetchEveryThirtySecondsAtMost) {
  std::optional<std::string> outcome;
  verify(kHeaderOfFirst, outcome);
  answer(set_of(kFirst));
  verify(kHeaderOfSecond, outcome);
  EXPECT_EQ(fetches_, 1);
  now_ += 31s;
  verify(kHeaderOfSecond, outcome);
  EXPECT_EQ(fetches_, 2);
  answer(set_of(kFirst));
  verify(kHeaderOfSecond, outcome);
  EXPECT_EQ(outcome, kRejected);
  EXPECT_EQ(fetches_, 2);
}

TEST_F(Jwks, WithoutAnyKeysItReportsWhyAndFetchesAgainSoon) {
  std::optional<std::string> outcome;
  verify(kHeaderOfFirst, outcome);
  answer(std::nullopt);
  EXPECT_EQ(outcome, "threw: no response");
  verify(kHeaderOfFirst, outcome);
  EXPECT_EQ(outcome, "threw: no response");
  EXPECT_EQ(fetches_, 1);
  now_ += 3s;
  verify(kHeaderOfFirst, outcome);
  EXPECT_EQ(fetches_, 2);
  answer("<html>");
  EXPECT_NE(outcome->find("no key that verifies signatures"), std::string::npos) << *outcome;
}

TEST_F(Jwks, OldKeysStayValidWhereTheFetchFails) {
  std::optional<std::string> outcome;
  verify(kHeaderOfFirst, outcome);
  answer(set_of(kFirst));
  now_ += 11min;
  verify(kHeaderOfFirst, outcome);
  EXPECT_EQ(fetches_, 2);
  answer(std::nullopt);
  EXPECT_EQ(outcome, kRejected);
}

}  // namespace
}  // namespace millrace
