#pragma once

#include <string_view>

/// The patterns of `[server] allowed_hosts`.
namespace millrace::project {

/// Returns whether `text` is a host without a port: a name whose labels may be "*", and the first of
/// which may be "**", or an address; one of IPv6 in brackets.
[[nodiscard]] bool is_host_pattern(std::string_view text);

}  // namespace millrace::project
