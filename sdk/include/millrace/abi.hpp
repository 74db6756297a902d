// Which SDK a route was compiled against. The host of routes refuses an object of another version
// before it calls anything in it.
#pragma once

namespace millrace {

/// Grows with every change that a route compiled before it would not survive.
inline constexpr unsigned kAbiVersion = 2;

}  // namespace millrace
