#include "routing/data_path.hpp"

namespace millrace::routing {

namespace {

constexpr std::string_view kExtension = ".json";
constexpr std::string_view kIndex = "/index";

}  // namespace

std::string data_path_of_page(std::string_view page, std::string_view build_id) {
  std::string path(kDataPrefix);
  path.append(build_id);
  const bool is_root = page == "/";
  if (is_root || page == kIndex || page.starts_with("/index/")) path.append(kIndex);
  if (!is_root) path.append(page);
  return path.append(kExtension);
}

bool is_data_file(std::string_view path) {
  return is_data_path(path) && path.ends_with(kExtension);
}

bool page_of_data_path(std::string_view path, std::string_view build_id, std::string& page) {
  if (!is_data_path(path)) return false;
  path.remove_prefix(kDataPrefix.size());
  if (!path.starts_with(build_id)) return false;
  path.remove_prefix(build_id.size());
  if (!path.starts_with('/') || !path.ends_with(kExtension)) return false;
  path.remove_suffix(kExtension.size());
  if (path.size() < 2) return false;
  if (path == kIndex) {
    page = "/";
  } else if (path.starts_with(kIndex) && path[kIndex.size()] == '/') {
    page = path.substr(kIndex.size());
  } else {
    page = path;
  }
  return true;
}

}  // namespace millrace::routing
