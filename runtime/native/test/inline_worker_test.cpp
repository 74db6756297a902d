#include "inline_worker.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/post.hpp>
#include <optional>
#include <string>
#include <thread>

#include "millrace/shared.hpp"
#include "worker_harness.hpp"

namespace millrace::native {
namespace {

using testing::HasSubstr;

/// Stands in for the server's channel: takes the worker's frames at the end of the loop's turn, and
/// only after a notification.
class InlineWorkerTest : public testing::Test {
 protected:
  void SetUp() override {
    gate() = false;
    folder_ = make_project();
    worker_.emplace(loop_, [this] { at_turn_end(); });
    link::append_frame(outgoing_, Kind::load, 0,
                       boost::json::serialize(boost::json::object{
                           {"generation", 1}, {"manifest", (folder_ / "manifest.json").string()}}));
    exchange();
    ASSERT_THAT(taken_, HasSubstr("\"generation\":1"));
    taken_.clear();
  }
  void TearDown() override {
    gate() = true;
    loop_.poll();
    worker_.reset();
    fs::remove_all(folder_);
  }

  static std::atomic<bool>& gate() { return shared<std::atomic<bool>>("odd gate"); }

  /// Sends a request for the route of odd cases as the server does.
  void call(std::uint64_t stream, std::string_view body) {
    link::InvokeView view;
    view.generation = 1;
    view.route = kOdd;
    view.method = "POST";
    view.target = "/api/odd";
    link::append_invoke(outgoing_, stream, view, false);
    link::append_frame(outgoing_, Kind::body, stream, body, true);
    at_turn_end();
  }

  void at_turn_end() {
    if (std::exchange(scheduled_, true)) return;
    boost::asio::post(loop_, [this] {
      scheduled_ = false;
      exchange();
    });
  }

  void exchange() {
    const std::string frames = std::exchange(outgoing_, {});
    EXPECT_TRUE(worker_->receive(frames));
    std::string got;
    worker_->take(got);
    taken_ += got;
    ended_ = worker_->ended();
    // The connections write to their clients at the end of the next turn.
    if (!got.empty()) boost::asio::post(loop_, [this] { on_client_written(); });
  }

  void on_client_written() {
    if (!responded() || worked_before_) return;
    worked_before_ = shared<std::atomic<bool>>("odd after").load();
  }

  [[nodiscard]] bool responded() const {
    std::string_view rest = taken_;
    for (;;) {
      const link::Decoded decoded = link::decode_frame(rest);
      if (decoded.status != link::DecodeStatus::frame) return false;
      if (decoded.frame.kind == Kind::response) return true;
      rest.remove_prefix(decoded.consumed);
    }
  }

  boost::asio::io_context loop_;
  fs::path folder_;
  std::optional<InlineWorker> worker_;
  std::string outgoing_;
  std::string taken_;
  bool scheduled_ = false;
  bool ended_ = false;
  /// Whether work passed to after() had run when the client got the response.
  std::optional<bool> worked_before_;
};

TEST_F(InlineWorkerTest, NotifiesOfTheResponseOfATask) {
  call(1, "a task");
  loop_.poll();
  EXPECT_TRUE(responded()) << "no ping has triggered it";
}

TEST_F(InlineWorkerTest, RunsAfterWorkWhenTheClientHasTheResponse) {
  shared<std::atomic<bool>>("odd after") = false;
  call(1, "after");
  loop_.poll();
  EXPECT_EQ(worked_before_, false);
  EXPECT_TRUE(shared<std::atomic<bool>>("odd after"));
}

TEST_F(InlineWorkerTest, EndsWhenTheLastWorkIsDone) {
  call(1, "after that waits");
  link::append_frame(outgoing_, Kind::drain, 0, "");
  while (!responded()) loop_.poll_one();
  EXPECT_FALSE(ended_);
  gate() = true;
  loop_.poll();
  EXPECT_TRUE(ended_) << "no other event would trigger the check";
}

TEST_F(InlineWorkerTest, SendsAPongBesideACallThatDoesNotEnd) {
  call(1, "turn");
  loop_.poll_one();
  link::append_abort(outgoing_, 1, link::AbortReason::deadline);
  link::append_ping(outgoing_, 7, false);
  exchange();
  const link::Decoded decoded = link::decode_frame(taken_);
  ASSERT_EQ(decoded.status, link::DecodeStatus::frame);
  EXPECT_EQ(decoded.frame.kind, Kind::pong);
}

}  // namespace
}  // namespace millrace::native
