// Loads the module that runs the routes of a pool with `inline = true` inside the server process.
// The module lies beside the server and is loaded on first use, so that other projects do not pay
// for it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "workers/inline_peer.hpp"

namespace millrace::serving {

/// Loads the module. `environment` ("NAME=value" each) is visible to the routes in addition to the
/// server's own. Error: the installation has no such module, or it cannot be loaded.
[[nodiscard]] base::Result<workers::InlineFactory> inline_routes(
    const std::filesystem::path& share, const std::vector<std::string>& environment);

}  // namespace millrace::serving
