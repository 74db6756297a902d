// From a project's build, settings and environment files to what a production server deploys.
#pragma once

#include <cstdint>

#include "base/result.hpp"
#include "serving/production_options.hpp"
#include "serving/service.hpp"

namespace millrace::serving {

/// Reads what is to be served: the current build, or the one that the options name, with the settings
/// and the environment of this moment. Errors name the file that is at fault.
[[nodiscard]] base::Result<Deployment> read_deployment(const ProductionOptions& options);

/// Sets PORT for the deployment's workers, inline pools included. As under Next.js, code that runs in a worker knows the
/// port, whatever said it.
void set_port(Deployment& deployment, std::uint16_t port);

}  // namespace millrace::serving
