#include "dev/change_filter.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "dev/is_within.hpp"

namespace millrace::dev {

namespace fs = std::filesystem;

namespace {

constexpr std::array<std::string_view, 10> kSourceExtensions = {
    ".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".json", ".node"};
constexpr std::array<std::string_view, 14> kNativeExtensions = {
    ".cpp", ".cc",  ".cxx", ".hpp", ".h",   ".hxx", ".hh",
    ".ipp", ".inc", ".inl", ".tpp", ".txx", ".icc", ".def"};
constexpr std::array<std::string_view, 4> kRouteFolders = {"app", "pages", "src/app", "src/pages"};

bool is_native_source_name(std::string_view name) {
  return std::any_of(kNativeExtensions.begin(), kNativeExtensions.end(),
                     [&](std::string_view extension) { return name.ends_with(extension); });
}

bool has_source_extension(std::string_view name) {
  if (is_native_source_name(name) || name.ends_with("CMakeLists.txt")) return true;
  return !name.ends_with(".d.ts") &&
         std::any_of(kSourceExtensions.begin(), kSourceExtensions.end(),
                     [&](std::string_view extension) { return name.ends_with(extension); });
}

/// Files that configure a build in any folder.
bool configures_anywhere(std::string_view name) {
  return name == "package.json" || name == "jsconfig.json" ||
         (name.starts_with("tsconfig") && name.ends_with(".json"));
}

/// Files that configure a build in the project's root.
bool configures_in_root(std::string_view name) {
  return name == ".env" || name.starts_with(".env.") || name.starts_with("next.config.") ||
         name == "millrace.toml" || name == "package-lock.json" || name == "pnpm-lock.yaml" ||
         name == "yarn.lock";
}

}  // namespace

void ChangeFilter::built(const std::vector<fs::path>& inputs, LastBuild outcome,
                         const std::vector<fs::path>& config_inputs) {
  inputs_.clear();
  for (const fs::path& input : inputs) inputs_.insert(input.string());
  config_inputs_.clear();
  for (const fs::path& input : config_inputs) config_inputs_.insert(input.string());
  last_build_ = outcome;
}

bool is_native_source(const FileChange& change) {
  // A new folder can contain any files.
  return !change.directory && is_native_source_name(change.path.native());
}

bool ChangeFilter::matters(const FileChange& change) const {
  if (change.path == root_) return true;
  if (!change.directory) return file_matters(change);
  // The files of a new folder are reported one by one.
  return change.kind == FileChange::Kind::gone && folder_matters(change.path);
}

bool ChangeFilter::is_of_contents(const FileChange& change) const {
  const std::string name = change.path.filename().string();
  const std::string path = change.path.string();
  const bool configures = configures_anywhere(name) || config_inputs_.contains(path) ||
                          (change.path.parent_path() == root_ && configures_in_root(name));
  // A file that was read may be replaced by another one at the same path.
  return !change.directory && !configures && !is_native_source(change) && inputs_.contains(path);
}

bool ChangeFilter::file_matters(const FileChange& change) const {
  if (inputs_.contains(change.path.string())) return true;
  const std::string name = change.path.filename().string();
  // Of folders outside the project, those are watched from which routes import.
  const bool inside = is_within(change.path.native(), root_.native());
  if (inside && configures_anywhere(name)) return true;
  if (change.path.parent_path() == root_ && configures_in_root(name)) return true;
  // Temporary and lock files of editors.
  if (name.starts_with('.')) return false;
  if (!has_source_extension(name)) return false;
  // A file that appears or disappears can be a route or change the target of an import. Data files
  // that no route reads can be written at any time.
  const bool data = name.ends_with(".json");
  return last_build_ == LastBuild::with_errors ||
         (change.kind != FileChange::Kind::written && !data);
}

bool ChangeFilter::folder_matters(const fs::path& folder) const {
  const bool holds_input =
      std::any_of(inputs_.begin(), inputs_.end(),
                  [&](const std::string& input) { return is_within(input, folder.native()); });
  if (holds_input) return true;
  return std::any_of(kRouteFolders.begin(), kRouteFolders.end(), [&](std::string_view routes) {
    const fs::path route_folder = root_ / routes;
    return is_within(folder.native(), route_folder.native()) ||
           is_within(route_folder.native(), folder.native());
  });
}

}  // namespace millrace::dev
