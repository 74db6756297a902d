// How the command line starts the processes that run routes and builds: which program, which script,
// in which environment.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "workers/child_process.hpp"
#include "workers/role.hpp"

namespace millrace::cli {

/// "NAME=value" for each.
[[nodiscard]] std::vector<std::string> environment_lines(
    const std::map<std::string, std::string>& environment);

[[nodiscard]] workers::Launch launch_of(const workers::Role& role,
                                        const std::filesystem::path& node,
                                        const std::filesystem::path& share,
                                        const std::filesystem::path& root,
                                        const std::map<std::string, std::string>& environment);

/// The program of workers for routes in C++.
[[nodiscard]] workers::Launch native_launch(const std::filesystem::path& share,
                                            const std::filesystem::path& root,
                                            const std::map<std::string, std::string>& environment);

}  // namespace millrace::cli
