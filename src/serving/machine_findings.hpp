// Examines the machine for `millrace doctor`: Node.js, memory, CPUs, file descriptors, the port, and
// what the kernel supports of the sandbox.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "project/settings.hpp"
#include "serving/diagnosis.hpp"
#include "serving/runtime.hpp"

namespace millrace::serving {

/// Where the server is to listen, as for `millrace start`.
struct DoctorAddress {
  std::string host;
  std::uint16_t port = 0;
};

/// Blocks while it runs Node.js and tests a sandbox. Binds the port for a moment.
[[nodiscard]] std::vector<Finding> examine_machine(const Runtime& runtime,
                                                   const project::Settings& settings,
                                                   const DoctorAddress& address);

}  // namespace millrace::serving
