// The server's limits under the gateway's name.
#pragma once

#include "project/generated/settings_structs.hpp"

namespace millrace::gateway {

using project::ServerLimits;

}  // namespace millrace::gateway
