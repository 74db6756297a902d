#include "cli/verify_command.hpp"

#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace millrace::cli {

std::vector<std::string> verify_arguments(const VerifyOptions& options, const VerifyPaths& paths,
                                          const std::filesystem::path& program) {
  // With "=", so that a value that begins with a dash is not taken as an option.
  std::vector<std::string> arguments = {
      (paths.share / "verify" / "verify.mjs").string(),
      "--program=" + program.string(),
      "--directory=" + paths.root.string(),
      "--timeout=" + std::to_string(options.timeout),
  };
  arguments.push_back("--engine=" + options.engine);
  if (!options.against.empty()) arguments.push_back("--against=" + options.against);
  if (!options.url.empty()) arguments.push_back("--url=" + options.url);
  if (!paths.worker_node.empty()) arguments.push_back("--node=" + paths.worker_node);
  for (const std::string& file : options.requests) arguments.push_back("--requests=" + file);
  for (const std::string& pattern : options.allow) arguments.push_back("--allow=" + pattern);
  for (const std::string& file : options.allow_files) arguments.push_back("--allow-file=" + file);
  if (options.json) arguments.emplace_back("--json");
  return arguments;
}

base::Error run_verify(const VerifyOptions& options, const VerifyPaths& paths) {
  std::error_code failed;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", failed);
  std::vector<std::string> arguments = verify_arguments(options, paths, program);
  arguments.insert(arguments.begin(), paths.node.string());
  std::vector<char*> pointers;
  pointers.reserve(arguments.size() + 1);
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  ::execv(paths.node.c_str(), pointers.data());
  return {base::ErrorCode::not_found, "cannot start the comparison with " + paths.node.string() +
                                          ": " + std::generic_category().message(errno)};
}

}  // namespace millrace::cli
