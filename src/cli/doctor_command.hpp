// `millrace doctor`: prints what of a project is served how, and what is not served.
#pragma once

#include <iosfwd>

#include "cli/output_format.hpp"
#include "serving/doctor.hpp"

namespace millrace::cli {

/// Examines and prints. Returns 0 if everything of the project is served, 1 if something is not.
int run_doctor(const serving::DoctorOptions& options, OutputFormat format, std::ostream& out);

}  // namespace millrace::cli
