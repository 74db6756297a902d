// The environment that a project's env files give its routes: which files count in which mode, and
// whose word counts when two name one variable. The real environment always has the last word.
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

/// What NODE_ENV is.
enum class Mode : std::uint8_t { development, production, test };

/// "development", "production" or "test".
[[nodiscard]] std::string_view to_string(Mode mode);
[[nodiscard]] std::optional<Mode> mode_named(std::string_view name);

struct LoadedVariable {
  std::string name;
  /// Expanded.
  std::string value;
  /// Its name below the root: ".env.local".
  std::string file;
};

struct Environment {
  /// What the files add to the real environment, sorted by name.
  std::vector<LoadedVariable> variables;
  /// What the files name but the real environment has already; the value is the file's own.
  std::vector<LoadedVariable> shadowed;
  /// The files read, the one with the most weight first.
  std::vector<std::string> files;
};

/// The files that count in `mode`, the one with the most weight first: .env.$mode.local, .env.local
/// (not in test, so that tests give everybody the same), .env.$mode, .env.
[[nodiscard]] std::vector<std::string> env_files(Mode mode);

/// Reads the env files in `root`. `real` is the process's own environment: it wins over files, and
/// references may name its variables. Missing files are none; NODE_ENV in a file is ignored.
/// Errors: system (a file that cannot be read), invalid (a value that cannot be expanded), naming
/// the file.
[[nodiscard]] base::Result<Environment> load_environment(
    const std::filesystem::path& root, Mode mode, const std::map<std::string, std::string>& real);

/// Whether a variable's value may be shown: NEXT_PUBLIC_ ones are in every browser anyway.
[[nodiscard]] bool is_public(std::string_view name);

/// The value as `millrace env` prints it: public ones whole on one line, others as asterisks whose
/// number says nothing, an empty one as nothing.
[[nodiscard]] std::string shown_value(const LoadedVariable& variable);

}  // namespace millrace::project
