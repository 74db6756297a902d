// System calls that no route has a use for and an intruder would: denied by seccomp in a sandbox.
#pragma once

namespace millrace::workers {

/// Denies them to this process, for good; false where the kernel refused. Needs no_new_privs.
/// Async-signal-safe.
[[nodiscard]] bool deny_system_calls();

}  // namespace millrace::workers
