// What the kernel holds a worker to: processes and open files. A worker that runs into them fails by
// itself; the server and the other workers have theirs.
#pragma once

#include "project/generated/settings_structs.hpp"

namespace millrace::workers {

using project::ProcessLimits;

/// Applies them to this process, for good; more than it may have means as much as it may. No core
/// files are written from now on: a worker's memory holds its users' secrets. Async-signal-safe.
void apply(const ProcessLimits& limits);

}  // namespace millrace::workers
