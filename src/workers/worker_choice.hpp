// Chooses the worker of a pool for an invocation: among those with room the one that will start it
// first or, if the pool serves with one worker, that one.
#pragma once

#include <span>

#include "link/frame.hpp"
#include "net/timer.hpp"
#include "workers/pool_options.hpp"
#include "workers/worker_handle.hpp"

namespace millrace::workers {

/// Returns the worker for a request, or null if none can take it now. Pings a worker that has been
/// silent for so long that its event loop may not be turning. Belongs to the loop's thread.
[[nodiscard]] WorkerHandle* choose_worker(std::span<WorkerHandle* const> workers,
                                          const PoolOptions& options,
                                          const link::InvokeView& request,
                                          net::Clock::time_point now);

/// Returns whether the pool serves with one worker and that worker is held, so that another must
/// stand in.
[[nodiscard]] bool needs_stand_in(std::span<WorkerHandle* const> workers,
                                  const PoolOptions& options);

}  // namespace millrace::workers
