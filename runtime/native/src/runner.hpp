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

/// Runs a call and books what it costs to its route: how long it took. `number`: of the call, as the
/// thread counts them; one of some is measured for all, since the kernel's answer to what CPU a
/// thread has used is dear.
std::chrono::nanoseconds run_measured(NativeCall& call, boost::asio::io_context& loop,
                                      unsigned number);

}  // namespace millrace::native
