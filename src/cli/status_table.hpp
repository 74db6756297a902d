// Prints the status of a server for `millrace ps`: its workers, the cost of its routes, its pools.
#pragma once

#include <iosfwd>

#include "serving/control_messages.hpp"

namespace millrace::cli {

void print_status(const serving::ServerStatus& server, std::ostream& out);

}  // namespace millrace::cli
