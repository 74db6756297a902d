// SoloWorker is a worker for routes in C++ as a process with one thread, which reads the link and runs
// the handlers: the least work for a request, and a handler that blocks blocks all, as in Node.js.
#pragma once

#include "frame_input.hpp"

namespace millrace::native {

/// Speaks the link on the descriptor, which is made non-blocking and stays the caller's, until its
/// end.
[[nodiscard]] Ending run_solo(int link);

}  // namespace millrace::native
