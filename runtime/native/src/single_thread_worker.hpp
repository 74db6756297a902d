// SingleThreadWorker is a native worker process with one thread, which reads the link and runs the
// handlers. It does the least work for a request, but a handler that blocks delays all others, as
// in Node.js.
#pragma once

#include "frame_input.hpp"

namespace millrace::native {

/// Speaks the link protocol on the descriptor until the link ends. The descriptor is made
/// non-blocking; the caller owns it.
[[nodiscard]] Ending run_single_threaded(int link);

}  // namespace millrace::native
