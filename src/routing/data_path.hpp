// The paths at which clients of the Pages Router fetch a page's properties:
// /_next/data/BUILD/blog/first.json stands for /blog/first.
#pragma once

#include <string>
#include <string_view>

namespace millrace::routing {

/// Where they begin, below basePath.
inline constexpr std::string_view kDataPrefix = "/_next/data/";

/// Whether a path, as normalise() gives it, is one of these, of whatever build.
[[nodiscard]] inline bool is_data_path(std::string_view path) {
  return path.starts_with(kDataPrefix);
}

/// Writes the path of the page to `page`. False for the data of another build, and for what is no
/// data's path; both are 404, as under Next.js. A page's path may itself end in /index, which is
/// written twice.
[[nodiscard]] bool page_of_data_path(std::string_view path, std::string_view build_id,
                                     std::string& page);

}  // namespace millrace::routing
