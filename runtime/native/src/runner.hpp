// Runner is who calls handlers: the threads of a worker, or the server's own loop.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "native_call.hpp"

namespace millrace::native {

class Runner {
 public:
  Runner() = default;
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;
  virtual ~Runner() = default;

  /// Runs calls, now or soon; the vector is left empty.
  virtual void run(std::vector<std::shared_ptr<NativeCall>>& calls) = 0;

  /// Calls `sign` when a handler could be called.
  virtual void ask_for_sign(const std::function<void()>& sign) = 0;

  /// The longest time in which one handler has held a thread since the last question.
  [[nodiscard]] virtual std::chrono::nanoseconds take_longest_turn() = 0;
};

/// Runs calls one after another and books what they cost to their routes. Belongs to one thread.
class MeasuredRun {
 public:
  /// `out` is flushed before a handler that may take long: answers that are ready do not wait for it.
  explicit MeasuredRun(Outbox& out) : out_(out) {}

  /// How long the handler took.
  std::chrono::nanoseconds operator()(NativeCall& call, boost::asio::io_context& loop);

 private:
  Outbox& out_;
  unsigned calls_ = 0;
};

}  // namespace millrace::native
