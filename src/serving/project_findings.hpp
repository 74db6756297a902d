// Examines a project for `millrace doctor`: Next.js, next.config, millrace.toml, env files and the
// files that take part in serving.
#pragma once

#include <vector>

#include "serving/diagnosis.hpp"
#include "serving/runtime.hpp"
#include "serving/served_parts.hpp"

namespace millrace::serving {

/// Tests the sandbox of pools that have one. Blocks.
[[nodiscard]] std::vector<Finding> examine_project(const Runtime& runtime,
                                                   const ProjectFacts& facts);

}  // namespace millrace::serving
