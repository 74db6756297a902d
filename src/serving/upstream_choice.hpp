// Determines the upstream of a server from its command line and from millrace.toml.
#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"
#include "gateway/upstream_target.hpp"
#include "project/settings.hpp"

namespace millrace::serving {

/// Returns the upstream, or none. `option`: the value of `--upstream`, which overrides the settings;
/// empty for none. Error: invalid, where the URL is that of no server.
[[nodiscard]] base::Result<std::optional<gateway::UpstreamTarget>> choose_upstream(
    const project::Settings& settings, const std::string& option);

}  // namespace millrace::serving
