// The kernel limits of a worker: processes and open files. A worker that reaches them fails alone;
// the server and the other workers have limits of their own.
#pragma once

#include "project/generated/settings_structs.hpp"

namespace millrace::workers {

using project::ProcessLimits;

/// Applies the limits to this process permanently; a limit above the allowed maximum becomes that
/// maximum. Also disables core files, because a worker's memory contains its users' secrets.
/// Async-signal-safe.
void apply(const ProcessLimits& limits);

}  // namespace millrace::workers
