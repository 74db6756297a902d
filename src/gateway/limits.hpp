// The server's limits, as the gateway names them.
#pragma once

#include "project/generated/settings_structs.hpp"

namespace millrace::gateway {

using project::ServerLimits;

}  // namespace millrace::gateway
