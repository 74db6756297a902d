#include "project/environment.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "base/assert.hpp"
#include "project/dotenv.hpp"

namespace millrace::project {

namespace {

namespace fs = std::filesystem;
using base::Error;
using base::ErrorCode;

/// The text of an env file; none where there is no such file.
base::Result<std::optional<std::string>> read_env_file(const fs::path& file) {
  std::error_code failed;
  const fs::file_status status = fs::status(file, failed);
  // Password managers provide secrets through pipes.
  if (!fs::is_regular_file(status) && !fs::is_fifo(status)) return std::optional<std::string>();
  std::ifstream stream(file, std::ios::binary);
  if (!stream) {
    return Error(ErrorCode::system,
                 "cannot read the env file " + file.string() + "; check its permissions");
  }
  return std::optional<std::string>(std::string(std::istreambuf_iterator<char>(stream), {}));
}

void sort_by_name(std::vector<LoadedVariable>& variables) {
  std::sort(variables.begin(), variables.end(),
            [](const LoadedVariable& a, const LoadedVariable& b) { return a.name < b.name; });
}

/// Adds the entry unless a file of higher precedence has the name.
void add_once(std::vector<LoadedVariable>& variables, const DotenvEntry& entry,
              const std::string& file) {
  const bool known = std::any_of(variables.begin(), variables.end(),
                                 [&](const auto& variable) { return variable.name == entry.name; });
  if (!known) variables.push_back({.name = entry.name, .value = entry.value, .file = file});
}

}  // namespace

std::string_view to_string(Mode mode) {
  switch (mode) {
    case Mode::development:
      return "development";
    case Mode::production:
      return "production";
    case Mode::test:
      return "test";
  }
  MILLRACE_ASSERT(false);
}

std::optional<Mode> mode_named(std::string_view name) {
  for (const Mode mode : {Mode::development, Mode::production, Mode::test}) {
    if (to_string(mode) == name) return mode;
  }
  return std::nullopt;
}

std::vector<std::string> env_files(Mode mode) {
  const std::string name = ".env." + std::string(to_string(mode));
  std::vector<std::string> files = {name + ".local"};
  if (mode != Mode::test) files.emplace_back(".env.local");
  files.push_back(name);
  files.emplace_back(".env");
  return files;
}

base::Result<Environment> load_environment(const fs::path& root, Mode mode,
                                           const std::map<std::string, std::string>& real) {
  Variables known(real.begin(), real.end());
  known.emplace("NODE_ENV", to_string(mode));
  const Variables fixed = known;
  Environment environment;
  for (const std::string& file : env_files(mode)) {
    const auto text = read_env_file(root / file);
    if (!text) return text.error();
    if (!text->has_value()) continue;
    environment.files.push_back(file);
    std::vector<DotenvEntry> entries = parse_dotenv(**text);
    const std::vector<DotenvEntry> written = entries;
    if (auto expanded = expand_dotenv(entries, known); !expanded) {
      return Error(ErrorCode::invalid, (root / file).string() + ": " + expanded.error().message());
    }
    for (std::size_t at = 0; at < entries.size(); ++at) {
      if (fixed.contains(entries[at].name)) {
        add_once(environment.shadowed, written[at], file);
      } else {
        add_once(environment.variables, entries[at], file);
      }
    }
  }
  sort_by_name(environment.variables);
  sort_by_name(environment.shadowed);
  return environment;
}

bool is_public(std::string_view name) { return name.starts_with("NEXT_PUBLIC_"); }

std::string shown_value(const LoadedVariable& variable) {
  if (variable.value.empty()) return {};
  if (!is_public(variable.name)) return "********";
  std::string shown;
  for (const char c : variable.value) {
    if (c == '\n') {
      shown.append("\\n");
    } else {
      shown.push_back(static_cast<unsigned char>(c) < 0x20 ? '?' : c);
    }
  }
  return shown;
}

}  // namespace millrace::project
