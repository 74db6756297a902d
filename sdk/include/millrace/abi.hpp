// The version of the interface between a compiled route and the SDK's library. The host of routes
// rejects a route of another version before it calls anything in it.
#pragma once

namespace millrace {

/// Raised by every change that breaks routes compiled before it.
inline constexpr unsigned kAbiVersion = 3;

}  // namespace millrace
