// The text of `millrace help config`: the keys of millrace.toml, from settings_keys.json.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace millrace::project {

/// Returns all tables of millrace.toml with their keys, defaults and meanings, for a terminal.
[[nodiscard]] std::string settings_help();

/// Returns the description of the keys that `asked` names: a key (`queue`, `limits.memory`,
/// `pools.reports.queue`), or all keys of a table (`limits`). An unknown name is an error that
/// suggests the nearest one.
[[nodiscard]] base::Result<std::string> settings_help(std::string_view asked);

}  // namespace millrace::project
