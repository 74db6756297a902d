// Loads the environment that a project's env files define for its routes: which files are read in
// which mode, and their precedence. The real environment always takes precedence.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace millrace::project {

/// The value of NODE_ENV.
enum class Mode : std::uint8_t { development, production, test };

/// "development", "production" or "test".
[[nodiscard]] std::string_view to_string(Mode mode);
[[nodiscard]] std::optional<Mode> mode_named(std::string_view name);

struct LoadedVariable {
  std::string name;
  /// Expanded.
  std::string value;
  /// The file's path relative to the root: ".env.local".
  std::string file;
};

struct Environment {
  /// The variables that the files add to the real environment, sorted by name.
  std::vector<LoadedVariable> variables;
  /// Variables of the files that the real environment overrides, with the files' values.
  std::vector<LoadedVariable> shadowed;
  /// The files read, in order of precedence.
  std::vector<std::string> files;
};

/// Returns the files of `mode` in order of precedence: .env.$mode.local, .env.local (not in test,
/// so that tests give the same results for everyone), .env.$mode, .env.
[[nodiscard]] std::vector<std::string> env_files(Mode mode);

/// Reads the env files in `root`. `real` is the process's own environment: it overrides the files,
/// and references can name its variables. Missing files are ignored, and so is NODE_ENV in a file.
/// Errors name the file: system (a file that cannot be read), invalid (a value that cannot be
/// expanded).
[[nodiscard]] base::Result<Environment> load_environment(
    const std::filesystem::path& root, Mode mode, const std::map<std::string, std::string>& real);

/// Whether a variable's value can be shown: those with the prefix NEXT_PUBLIC_ are in every browser
/// anyway.
[[nodiscard]] bool is_public(std::string_view name);

/// Returns the value as `millrace env` prints it: public values unmasked on one line, others as a
/// fixed number of asterisks, an empty value as nothing.
[[nodiscard]] std::string shown_value(const LoadedVariable& variable);

}  // namespace millrace::project
