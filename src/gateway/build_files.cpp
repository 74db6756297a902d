#include "gateway/build_files.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

namespace millrace::gateway {

namespace {

PublicFiles files_of(const std::filesystem::path& build) {
  return build.empty() ? PublicFiles() : PublicFiles(build / "static", false);
}

CompressedFiles compressed_of(const std::filesystem::path& build) {
  return build.empty()
             ? CompressedFiles()
             : CompressedFiles(build / "compressed" / "static", CompressedFiles::Stamps::none);
}

}  // namespace

std::string_view deployment_in(std::string_view query) {
  constexpr std::string_view kName = "dpl=";
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    if (pair.starts_with(kName)) return pair.substr(kName.size());
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return {};
}

BuildFiles::Folder::Folder(const std::filesystem::path& build)
    : deployment(build.filename().string()),
      files(files_of(build)),
      compressed(compressed_of(build)) {}

std::optional<FoundFile> BuildFiles::Folder::find(std::string_view path) const {
  auto file = files.find(path);
  if (!file) return std::nullopt;
  const CompressedForms* const forms = compressed.find(files.name_of(*file));
  return FoundFile{
      .path = std::move(*file), .caching = FileResponse::Caching::immutable, .forms = forms};
}

BuildFiles::BuildFiles(const std::filesystem::path& build,
                       const std::vector<std::filesystem::path>& others)
    : own_(build) {
  for (const std::filesystem::path& other : others) others_.emplace_back(other);
}

std::optional<FoundFile> BuildFiles::find(std::string_view path,
                                          std::string_view deployment) const {
  // Other builds are removed while a server runs.
  const auto kept = [path](const Folder& other) {
    auto file = other.find(path);
    std::error_code failed;
    if (file && !std::filesystem::exists(file->path, failed)) file.reset();
    return file;
  };
  if (!deployment.empty()) {
    for (const Folder& other : others_) {
      if (other.deployment != deployment) continue;
      if (auto file = kept(other)) return file;
    }
  }
  if (auto file = own_.find(path)) return file;
  for (const Folder& other : others_) {
    if (auto file = kept(other)) return file;
  }
  return std::nullopt;
}

}  // namespace millrace::gateway
