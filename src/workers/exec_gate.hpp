// The exec gate lets a process in a sandbox start one program, its worker's, and no other ever: the
// kernel holds the call until the server has said yes, the server says it once and then leaves, and
// who asks after that is refused.
#pragma once

#include <sys/types.h>

namespace millrace::workers {

/// The child's part: sends the descriptor of SystemCalls::install() through `report`, a socket. False
/// where it could not. Async-signal-safe.
[[nodiscard]] bool send_listener(int report, int listener);

/// The server's part: waits until `child` has exec'ed or failed to. 0, or the errno that the child
/// wrote to `report`, an int; where it has sent a listener before, its call is let through.
[[nodiscard]] int await_exec(int report, pid_t child);

}  // namespace millrace::workers
