#include "cli/launch.hpp"

namespace millrace::cli {

std::vector<std::string> environment_lines(const std::map<std::string, std::string>& environment) {
  std::vector<std::string> lines;
  lines.reserve(environment.size());
  for (const auto& [name, value] : environment) {
    lines.push_back(name);
    lines.back().append("=").append(value);
  }
  return lines;
}

workers::Launch launch_of(const workers::Role& role, const std::filesystem::path& node,
                          const std::filesystem::path& share, const std::filesystem::path& root,
                          const std::map<std::string, std::string>& environment) {
  workers::Launch launch;
  launch.program = node.string();
  launch.arguments = {(share / role.script).string()};
  launch.environment = environment_lines(environment);
  launch.working_directory = root.string();
  return launch;
}

workers::Launch native_launch(const std::filesystem::path& share, const std::filesystem::path& root,
                              const std::map<std::string, std::string>& environment) {
  workers::Launch launch;
  launch.program = (share / "native" / "millrace-native-worker").string();
  launch.environment = environment_lines(environment);
  launch.working_directory = root.string();
  return launch;
}

}  // namespace millrace::cli
