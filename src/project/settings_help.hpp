// What `millrace help config` prints: the keys of millrace.toml, from settings_keys.json.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace millrace::project {

/// Returns all tables of millrace.toml with their keys, defaults and meanings, for a terminal.
[[nodiscard]] std::string settings_help();

/// Returns what there is to say of the keys that `asked` names: `queue`, `limits.memory`,
/// `pools.reports.queue`, or all of a table, `limits`. An error, with the nearest name, where there is
/// none.
[[nodiscard]] base::Result<std::string> settings_help(std::string_view asked);

}  // namespace millrace::project
