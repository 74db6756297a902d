// Which requests without a route (protocol::kNoRoute) a worker takes, as it reports with
// `listening`: those that the project's own listeners receive.
#pragma once

#include <cstdint>

namespace millrace::workers {

/// Each value includes the ones before it. The link uses other numbers: 1 for `all`.
enum class Unrouted : std::uint8_t {
  none,
  /// Those that offer an upgrade.
  upgrades,
  all,
};

}  // namespace millrace::workers
