// Finds globs in millrace.toml that match no route of the project. A mistake in a glob puts routes
// into another pool, or gives them another engine, than intended.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "project/route.hpp"
#include "project/settings.hpp"

namespace millrace::project {

/// Returns one text for each glob of `[pools]` and `[build]` that matches no route, and for each
/// pool all of whose routes are in earlier pools.
[[nodiscard]] std::vector<std::string> unmatched_settings(const Settings& settings,
                                                          std::span<const Route> routes);

}  // namespace millrace::project
