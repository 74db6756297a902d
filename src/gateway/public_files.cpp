#include "gateway/public_files.hpp"

#include <system_error>

#include "base/ascii.hpp"

namespace millrace::gateway {

namespace {

/// Percent-decodes `path`; returns nothing where the result could leave the folder or is not a file
/// name.
std::optional<std::string> decode(std::string_view path) {
  std::string decoded;
  decoded.reserve(path.size());
  for (std::size_t i = 0; i < path.size(); ++i) {
    char c = path[i];
    if (c == '%' && i + 2 < path.size()) {
      const int high = base::hex_digit(path[i + 1]);
      const int low = base::hex_digit(path[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<char>(high * 16 + low);
      if (c == '/' || c == '\0') return std::nullopt;
      i += 2;
    }
    decoded += c;
  }
  if ((decoded + '/').find("/../") != std::string::npos) return std::nullopt;
  return decoded;
}

}  // namespace

PublicFiles::PublicFiles(std::filesystem::path folder, bool live)
    : folder_(std::move(folder)), live_(live) {
  if (live_) return;
  namespace fs = std::filesystem;
  std::error_code error;
  if (!fs::is_directory(folder_, error)) {
    // An absent folder is no failure, one that cannot be read is.
    const bool absent = !error || error == std::errc::no_such_file_or_directory ||
                        error == std::errc::not_a_directory;
    if (!absent) failure_ = "cannot list " + folder_.string() + ": " + error.message();
    return;
  }
  const auto options = fs::directory_options::follow_directory_symlink |
                       fs::directory_options::skip_permission_denied;
  for (auto it = fs::recursive_directory_iterator(folder_, options, error);
       !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
    std::error_code ignored;
    if (it->is_regular_file(ignored)) {
      listed_.insert('/' + it->path().lexically_relative(folder_).generic_string());
    }
  }
  if (error) failure_ = "cannot list " + folder_.string() + ": " + error.message();
}

std::optional<std::filesystem::path> PublicFiles::find(std::string_view path) const {
  if (folder_.empty() || path.size() < 2 || (!live_ && listed_.empty())) return std::nullopt;
  const auto decoded = decode(path);
  if (!decoded) return std::nullopt;
  if (!live_) {
    if (!listed_.contains(*decoded)) return std::nullopt;
    return folder_ / decoded->substr(1);
  }
  std::error_code failed;
  std::filesystem::path file = folder_ / decoded->substr(1);
  const std::filesystem::file_status status = std::filesystem::status(file, failed);
  // A file whose status cannot be read counts as found: opening it reports the reason.
  if (status.type() == std::filesystem::file_type::none) return file;
  if (!std::filesystem::is_regular_file(status)) return std::nullopt;
  return file;
}

}  // namespace millrace::gateway
