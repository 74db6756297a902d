#include "workers/readable_project.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <system_error>

namespace millrace::workers {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kMostFiles = 200'000;
constexpr std::size_t kMostPlaces = 4'096;
/// Close to the depth of the kernel's longest path; bounds the recursion.
constexpr std::size_t kDeepest = 256;
/// How much of a file is searched for a key, in bytes.
constexpr std::size_t kSearchedBytes = 16'384;

constexpr std::array<std::string_view, 14> kSecretNames = {
    ".git",    ".npmrc", ".netrc", ".pgpass", ".ssh",       ".aws",     ".gnupg",
    ".docker", ".kube",  ".azure", "id_rsa",  "id_ed25519", "id_ecdsa", "id_dsa"};
constexpr std::array<std::string_view, 5> kSecretEndings = {".key", ".p12", ".pfx", ".jks",
                                                            ".keystore"};
/// The readable entries of .millrace: not the server's socket and key, and not heap snapshots.
constexpr std::array<std::string_view, 3> kReadableInMillrace = {"builds", "current",
                                                                 "preview.key"};

/// Needed because certificates have the same file endings and are not secrets.
bool holds_private_key(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string start(kSearchedBytes, '\0');
  file.read(start.data(), static_cast<std::streamsize>(start.size()));
  start.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
  return start.find("PRIVATE KEY") != std::string::npos;
}

/// The result of searching a folder.
struct Found {
  bool secrets = false;
  /// If the folder contains secrets: the places in it that may be read. Otherwise everything in it
  /// may be read.
  std::vector<fs::path> places;
};

/// One search, with its bounds.
class Search {
 public:
  explicit Search(const std::vector<fs::path>& data) : data_(data) {}

  Found search_folder(const fs::path& folder, std::size_t depth = 0) {
    Found found;
    std::error_code failed;
    fs::directory_iterator entries(folder, failed);
    // A folder that cannot be read is treated as secret.
    if (failed || depth > kDeepest) return {.secrets = true, .places = {}};
    for (; entries != fs::directory_iterator() && !over(); entries.increment(failed)) {
      if (failed) return {.secrets = true, .places = {}};
      ++files_;
      visit(*entries, depth, found);
    }
    if (!found.secrets) found.places.clear();
    return found;
  }

  /// Returns whether a folder is allowed as a whole without being searched.
  [[nodiscard]] bool allows_as_a_whole(const fs::path& folder) const {
    return folder.filename() == "node_modules" ||
           std::find(data_.begin(), data_.end(), folder) != data_.end();
  }

  [[nodiscard]] bool over() const { return files_ > kMostFiles; }

 private:
  void visit(const fs::directory_entry& entry, std::size_t depth, Found& to) {
    std::error_code failed;
    if (is_secret(entry.path())) {
      to.secrets = true;
      return;
    }
    if (entry.is_symlink(failed)) return;
    if (!entry.is_directory(failed) || allows_as_a_whole(entry.path())) {
      to.places.push_back(entry.path());
      return;
    }
    Found below = search_folder(entry.path(), depth + 1);
    if (!below.secrets) {
      to.places.push_back(entry.path());
      return;
    }
    to.secrets = true;
    std::move(below.places.begin(), below.places.end(), std::back_inserter(to.places));
  }

  const std::vector<fs::path>& data_;
  std::size_t files_ = 0;
};

base::Error too_much(const std::string& found, const fs::path& folder) {
  return {base::ErrorCode::invalid,
          "millrace.toml: sandbox: expected at most " + found + " in " + folder.string() +
              ", found more; move files that routes do not read elsewhere"};
}

}  // namespace

bool is_secret(const fs::path& path) {
  const std::string name = path.filename().string();
  if (name.starts_with(".env")) return true;
  if (std::find(kSecretNames.begin(), kSecretNames.end(), name) != kSecretNames.end()) return true;
  std::error_code failed;
  if (std::any_of(kSecretEndings.begin(), kSecretEndings.end(),
                  [&name](std::string_view ending) { return name.ends_with(ending); })) {
    return !fs::is_directory(path, failed);
  }
  return name.ends_with(".pem") && fs::is_regular_file(path, failed) && holds_private_key(path);
}

bool opens_secrets(const fs::path& real, const fs::path& root) {
  const fs::path down = root.lexically_relative(real);
  if (!down.empty() && *down.begin() != "..") return true;
  return std::any_of(real.begin(), real.end(),
                     [](const fs::path& part) { return part == ".git"; }) ||
         is_secret(real);
}

base::Result<std::vector<fs::path>> readable_places(const fs::path& root,
                                                    const std::vector<fs::path>& data) {
  Search search(data);
  std::vector<fs::path> places;
  std::error_code failed;
  const fs::path real_root = fs::canonical(root, failed);
  for (const auto& entry : fs::directory_iterator(root, failed)) {
    if (is_secret(entry.path())) continue;
    if (entry.path().filename() == ".millrace") {
      for (const std::string_view name : kReadableInMillrace) places.push_back(entry.path() / name);
      continue;
    }
    // A link's target (such as a shared package folder) is allowed, unless it is the project itself
    // or a secret under another name.
    const fs::path real = fs::canonical(entry.path(), failed);
    if (failed || opens_secrets(real, real_root)) continue;
    if (!fs::is_directory(real, failed) || search.allows_as_a_whole(entry.path()) ||
        search.allows_as_a_whole(real)) {
      places.push_back(real);
      continue;
    }
    Found found = search.search_folder(real);
    if (search.over()) {
      return too_much(std::to_string(kMostFiles) + " files to search for secrets", root);
    }
    if (!found.secrets) found.places = {real};
    std::move(found.places.begin(), found.places.end(), std::back_inserter(places));
  }
  if (places.size() > kMostPlaces) {
    return too_much(std::to_string(kMostPlaces) + " files and folders next to secrets", root);
  }
  return places;
}

}  // namespace millrace::workers
