// `millrace doctor`: examines a project and the machine, without building or serving anything.
#pragma once

#include "serving/diagnosis.hpp"
#include "serving/machine_findings.hpp"
#include "serving/runtime.hpp"

namespace millrace::serving {

struct DoctorOptions {
  Runtime runtime;
  DoctorAddress address;
};

/// Examines the project. How pages are served is known from the current build, if there is one;
/// everything else is examined as it is now. Blocks for as long as a build without `next build`
/// takes.
[[nodiscard]] Diagnosis diagnose(const DoctorOptions& options);

}  // namespace millrace::serving
