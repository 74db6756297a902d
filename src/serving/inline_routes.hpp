// How a pool with `inline = true` gets its worker: from a module beside the server, which is loaded
// when it is first needed, so that nobody else pays for it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "workers/inline_peer.hpp"

namespace millrace::serving {

/// Loads the module. `environment`: "NAME=value" each, which the routes see beside the server's own.
/// Error: the installation has none, or it cannot be loaded.
[[nodiscard]] base::Result<workers::InlineFactory> inline_routes(
    const std::filesystem::path& share, const std::vector<std::string>& environment);

}  // namespace millrace::serving
