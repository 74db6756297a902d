#include "fetch/name_lookup.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/beast/core/error.hpp>
#include <future>
#include <optional>

namespace millrace {
namespace {

using namespace std::chrono_literals;
using boost::asio::ip::address_v4;
using client::Addresses;
using client::NameLookup;
using Clock = NameLookup::Clock;

/// A resolver in which "slow" blocks until the test releases it.
class Lookup : public testing::Test {
 protected:
  ~Lookup() override { let_go(); }

  void let_go() {
    if (!std::exchange(gone_, true)) slow_.set_value();
  }

  Task<void> find(std::string name, Clock::time_point deadline, std::optional<Addresses>& found) {
    Task<Addresses> finding = lookup_.find(std::move(name), "80", deadline);
    found = co_await std::move(finding);
  }

  void spawn(std::string name, Clock::time_point deadline, std::optional<Addresses>& found) {
    boost::asio::co_spawn(loop_, find(std::move(name), deadline, found), boost::asio::detached);
  }

  boost::asio::io_context loop_{1};

 private:
  std::promise<void> slow_;
  std::shared_future<void> released_ = slow_.get_future().share();
  bool gone_ = false;
  NameLookup lookup_{[this](const std::string& name, const std::string&) {
                       if (name == "slow") released_.wait();
                       Addresses found;
                       found.endpoints.emplace_back(address_v4::loopback(), 80);
                       return found;
                     },
                     2};
};

TEST_F(Lookup, DoesNotWaitForASlowName) {
  std::optional<Addresses> slow;
  std::optional<Addresses> quick;
  spawn("slow", Clock::now() + 1h, slow);
  spawn("quick", Clock::now() + 1h, quick);
  while (!quick) loop_.run_one();
  EXPECT_FALSE(slow);
  EXPECT_EQ(quick->endpoints.size(), 1U);
  let_go();
  loop_.run();
  ASSERT_TRUE(slow);
  EXPECT_EQ(slow->endpoints.size(), 1U);
}

TEST_F(Lookup, EndsAtItsDeadline) {
  std::optional<Addresses> found;
  spawn("slow", Clock::now() - 1s, found);
  loop_.run();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->error, boost::beast::error::timeout);
}

TEST_F(Lookup, CanOutliveTheLoopOfItsCaller) {
  std::optional<Addresses> found;
  {
    boost::asio::io_context other(1);
    boost::asio::co_spawn(other, find("slow", Clock::now() + 1h, found), boost::asio::detached);
    other.poll();
  }
  let_go();
  spawn("quick", Clock::now() + 1h, found);
  loop_.run();
  EXPECT_TRUE(found);
}

}  // namespace
}  // namespace millrace
