// Which of a pool's workers gets an invocation: of those that have room the one that will get to it
// first, or, where one worker serves, that one.
#pragma once

#include <span>

#include "link/frame.hpp"
#include "net/timer.hpp"
#include "workers/pool_options.hpp"
#include "workers/worker_handle.hpp"

namespace millrace::workers {

/// The worker for a request; null where none can take it now. Pings one that has been silent for so
/// long that its event loop may not turn. Belongs to the loop's thread.
[[nodiscard]] WorkerHandle* choose_worker(std::span<WorkerHandle* const> workers,
                                          const PoolOptions& options,
                                          const link::InvokeView& request,
                                          net::Clock::time_point now);

/// Whether one worker serves and is held, so that another is to stand in for it.
[[nodiscard]] bool needs_stand_in(std::span<WorkerHandle* const> workers,
                                  const PoolOptions& options);

}  // namespace millrace::workers
