// Runner calls handlers: on the threads of a worker, or on the server's own loop.
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

  /// Runs calls, now or soon; empties the vector.
  virtual void run(std::vector<std::shared_ptr<NativeCall>>& calls) = 0;

  /// Runs `callback` when a handler could be called.
  virtual void call_when_free(const std::function<void()>& callback) = 0;

  /// Returns the longest time that one handler has blocked a thread since the last call.
  [[nodiscard]] virtual std::chrono::nanoseconds take_longest_turn() = 0;
};

/// Runs calls one after another and attributes their CPU time to their routes. Belongs to one
/// thread.
class MeasuredRun {
 public:
  /// `out` is flushed before a handler that may be slow, so that it does not delay finished
  /// responses.
  explicit MeasuredRun(Outbox& out) : out_(out) {}

  /// Returns how long the handler took.
  std::chrono::nanoseconds operator()(NativeCall& call, boost::asio::io_context& loop);

 private:
  Outbox& out_;
  unsigned calls_ = 0;
};

}  // namespace millrace::native
