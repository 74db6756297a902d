// The data paths at which clients of the Pages Router fetch a page's properties:
// /_next/data/BUILD/blog/first.json is the data path of /blog/first.
#pragma once

#include <string>
#include <string_view>

namespace millrace::routing {

/// The beginning of a data path, below basePath.
inline constexpr std::string_view kDataPrefix = "/_next/data/";

/// Returns whether a path, a result of normalise(), is a data path of any build.
[[nodiscard]] inline bool is_data_path(std::string_view path) {
  return path.starts_with(kDataPrefix);
}

/// Returns whether a path below basePath is a data path that names a file of data.
[[nodiscard]] bool is_data_file(std::string_view path);

/// Writes the path of the page to `page`. Returns false for the data of another build and for any
/// other path; the response is 404 then, as in Next.js. The data path of a page whose own path
/// begins with /index has that twice.
[[nodiscard]] bool page_of_data_path(std::string_view path, std::string_view build_id,
                                     std::string& page);

/// The path of a page's data.
[[nodiscard]] std::string data_path_of_page(std::string_view page, std::string_view build_id);

}  // namespace millrace::routing
