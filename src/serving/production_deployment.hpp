// Reads a project's build, settings and env files into the deployment of a production server.
#pragma once

#include <cstdint>

#include "base/result.hpp"
#include "serving/production_options.hpp"
#include "serving/service.hpp"

namespace millrace::serving {

/// Reads what is to be served: the current build, or the one named in the options, with the current
/// settings and environment. Errors name the file at fault.
[[nodiscard]] base::Result<Deployment> read_deployment(const ProductionOptions& options);

/// Sets PORT for the deployment's workers, including inline pools. As under Next.js, code in a worker
/// sees the actual port, whichever option set it.
void set_port(Deployment& deployment, std::uint16_t port);

}  // namespace millrace::serving
