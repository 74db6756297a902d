// Tells of globs in millrace.toml that no route of the project matches: a mistake in one gives routes
// to another pool, or to another engine, than their author believes.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "project/route.hpp"
#include "project/settings.hpp"

namespace millrace::project {

/// One text for each glob of `[pools]` and `[build]` that matches none of the routes, and for pools
/// all of whose routes an earlier pool has.
[[nodiscard]] std::vector<std::string> unmatched_settings(const Settings& settings,
                                                          std::span<const Route> routes);

}  // namespace millrace::project
