#include "serving/launch.hpp"

#include <algorithm>
#include <charconv>

#include "project/generated/settings_keys.hpp"
#include "project/generated/settings_structs.hpp"

namespace millrace::serving {

std::vector<std::string> environment_lines(const std::map<std::string, std::string>& environment) {
  std::vector<std::string> lines;
  lines.reserve(environment.size());
  for (const auto& [name, value] : environment) {
    lines.push_back(name);
    lines.back().append("=").append(value);
  }
  return lines;
}

std::optional<std::string> note_of_port(const project::Environment& environment) {
  for (const project::LoadedVariable& variable : environment.variables) {
    if (variable.name != "PORT") continue;
    return "  - PORT of " + variable.file +
           " does not set the server's port, as under Next.js: use --port, or set PORT in the "
           "server's environment";
  }
  return std::nullopt;
}

std::size_t head_size_of(std::size_t setting,
                         const std::map<std::string, std::string>& environment) {
  constexpr std::string_view kOption = "--max-http-header-size";
  if (setting != project::ServerLimits{}.head_size) return setting;
  const auto options = environment.find("NODE_OPTIONS");
  if (options == environment.end()) return setting;
  std::string text = options->second;
  std::replace(text.begin(), text.end(), '_', '-');
  const std::size_t at = text.rfind(kOption);
  if (at == std::string::npos) return setting;
  const std::size_t value = at + kOption.size() + 1;
  std::size_t size = 0;
  if (value < text.size()) std::from_chars(text.data() + value, text.data() + text.size(), size);
  if (size == 0) return setting;
  constexpr const project::SettingsKey& kKey = project::settings_key("server", "max_header_size");
  return std::clamp(size, kKey.least, kKey.most);
}

void set_variable(std::vector<std::string>& environment, std::string_view line) {
  const std::string_view name = line.substr(0, line.find('=') + 1);
  std::erase_if(environment, [name](const std::string& other) { return other.starts_with(name); });
  environment.emplace_back(line);
}

workers::Launch launch_of(const workers::Role& role, const Runtime& runtime) {
  workers::Launch launch;
  launch.program = runtime.node.string();
  launch.arguments = {(runtime.share / role.script).string()};
  launch.environment = environment_lines(runtime.environment);
  launch.working_directory = runtime.root.string();
  return launch;
}

workers::Launch native_launch(const Runtime& runtime) {
  workers::Launch launch;
  launch.program = (runtime.share / "native" / "millrace-native-worker").string();
  launch.environment = environment_lines(runtime.environment);
  launch.working_directory = runtime.root.string();
  return launch;
}

}  // namespace millrace::serving
