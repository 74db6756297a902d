// The status of a server as `millrace ps` shows it: its workers, what its routes cost, its pools.
#pragma once

#include <iosfwd>

#include "serving/control_messages.hpp"

namespace millrace::cli {

void print_status(const serving::ServerStatus& server, std::ostream& out);

}  // namespace millrace::cli
