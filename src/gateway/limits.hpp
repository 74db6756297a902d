// The server's limits, as the gateway names them.
#pragma once

#include "project/server_limits.hpp"

namespace millrace::gateway {

using project::ServerLimits;

}  // namespace millrace::gateway
