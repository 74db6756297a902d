// Checks the form of an origin: the URL of a server without a path, as millrace.toml and the command
// line name the upstream.
#pragma once

#include <string_view>

namespace millrace::project {

/// Returns whether `url` is "http://HOST[:PORT]" or "https://HOST[:PORT]", with or without a final
/// slash. Does not check the host.
[[nodiscard]] bool is_origin(std::string_view url);

}  // namespace millrace::project
