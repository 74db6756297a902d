// LoopRunner calls handlers on the thread that reads the link, one after another: no other thread
// has to be woken for a request, but a handler that blocks delays all others.
#pragma once

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "outbox.hpp"
#include "runner.hpp"

namespace millrace::native {

/// Belongs to the loop's thread.
class LoopRunner final : public Runner {
 public:
  LoopRunner(boost::asio::io_context& loop, Outbox& out) : loop_(loop), run_(out) {}

  void run(std::vector<std::shared_ptr<NativeCall>>& calls) override {
    for (const auto& call : calls) longest_ = std::max(longest_, run_(*call, loop_));
    calls.clear();
  }
  void call_when_free(const std::function<void()>& callback) override { callback(); }
  std::chrono::nanoseconds take_longest_turn() override {
    return std::exchange(longest_, std::chrono::nanoseconds(0));
  }

 private:
  boost::asio::io_context& loop_;
  MeasuredRun run_;
  std::chrono::nanoseconds longest_{0};
};

}  // namespace millrace::native
