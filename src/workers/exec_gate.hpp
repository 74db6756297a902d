// The exec gate lets a sandboxed process start exactly one program, its worker. The kernel holds
// the exec call until the server allows it; the server allows one call and then closes its
// listener, and the kernel denies every later call.
#pragma once

#include <sys/types.h>

namespace millrace::workers {

/// The child's part: sends the descriptor from SystemCalls::install() through `report`, a socket.
/// Returns false on failure. Async-signal-safe.
[[nodiscard]] bool send_listener(int report, int listener);

/// The server's part: waits until `child` has called exec or failed. If the child sends a listener,
/// allows its exec call. Returns 0, or the errno that the child wrote to `report` as an int.
[[nodiscard]] int await_exec(int report, pid_t child);

}  // namespace millrace::workers
