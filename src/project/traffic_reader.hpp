// Reads and checks the rules of millrace.toml for requests by their path. Included only by the reader
// of settings.
#pragma once

#include <toml++/toml.h>

#include <string_view>

#include "base/result.hpp"
#include "project/settings_reader.hpp"
#include "project/traffic_settings.hpp"

namespace millrace::project {

/// Reads rate, concurrency and priority of the table [limits]. Errors name the line, what was expected
/// and what was found.
[[nodiscard]] base::Result<void> read_traffic_limits(const SettingsReader& reader,
                                                     const toml::table& limits,
                                                     TrafficSettings& traffic);

/// Reads [[cors]].
[[nodiscard]] base::Result<void> read_cors(const SettingsReader& reader, const toml::node& node,
                                           TrafficSettings& traffic);

/// Reads [[headers]].
[[nodiscard]] base::Result<void> read_headers(const SettingsReader& reader, const toml::node& node,
                                              TrafficSettings& traffic);

}  // namespace millrace::project
