// Has workers write heap snapshots into the project's .millrace folder, for `millrace snapshot`.
#pragma once

#include <sys/types.h>

#include <filesystem>

#include "base/result.hpp"
#include "serving/control_messages.hpp"
#include "serving/service.hpp"

namespace millrace::serving {

/// Makes the worker `worker` write a snapshot and returns its path; the file is complete later.
/// Called from the loop. Error: not_found if no worker has this process id.
[[nodiscard]] base::Result<SnapshotResponse> take_heap_snapshot(const Service& service,
                                                                const std::filesystem::path& root,
                                                                pid_t worker);

}  // namespace millrace::serving
