#include "http/mime_types.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "base/ascii.hpp"

namespace millrace::http {

namespace {

using Entry = std::pair<std::string_view, std::string_view>;

constexpr std::array kTypes = {
    Entry{"aac", "audio/x-aac"},
    Entry{"apng", "image/apng"},
    Entry{"atom", "application/atom+xml"},
    Entry{"avif", "image/avif"},
    Entry{"bin", "application/octet-stream"},
    Entry{"bmp", "image/bmp"},
    Entry{"cjs", "application/node"},
    Entry{"css", "text/css; charset=UTF-8"},
    Entry{"csv", "text/csv; charset=UTF-8"},
    Entry{"doc", "application/msword"},
    Entry{"docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
    Entry{"eot", "application/vnd.ms-fontobject"},
    Entry{"gif", "image/gif"},
    Entry{"gz", "application/gzip"},
    Entry{"htm", "text/html; charset=UTF-8"},
    Entry{"html", "text/html; charset=UTF-8"},
    Entry{"ico", "image/x-icon"},
    Entry{"ics", "text/calendar; charset=UTF-8"},
    Entry{"jpeg", "image/jpeg"},
    Entry{"jpg", "image/jpeg"},
    Entry{"js", "application/javascript; charset=UTF-8"},
    Entry{"json", "application/json; charset=UTF-8"},
    Entry{"jsonld", "application/ld+json"},
    Entry{"m4a", "audio/mp4"},
    Entry{"map", "application/json; charset=UTF-8"},
    Entry{"md", "text/markdown; charset=UTF-8"},
    Entry{"mjs", "application/javascript; charset=UTF-8"},
    Entry{"mp3", "audio/mpeg"},
    Entry{"mp4", "video/mp4"},
    Entry{"oga", "audio/ogg"},
    Entry{"ogg", "audio/ogg"},
    Entry{"ogv", "video/ogg"},
    Entry{"otf", "font/otf"},
    Entry{"pdf", "application/pdf"},
    Entry{"png", "image/png"},
    Entry{"rss", "application/rss+xml"},
    Entry{"rtf", "text/rtf; charset=UTF-8"},
    Entry{"svg", "image/svg+xml"},
    Entry{"tar", "application/x-tar"},
    Entry{"tif", "image/tiff"},
    Entry{"tiff", "image/tiff"},
    Entry{"ttf", "font/ttf"},
    Entry{"txt", "text/plain; charset=UTF-8"},
    Entry{"wasm", "application/wasm"},
    Entry{"wav", "audio/x-wav"},
    Entry{"weba", "audio/webm"},
    Entry{"webm", "video/webm"},
    Entry{"webmanifest", "application/manifest+json"},
    Entry{"webp", "image/webp"},
    Entry{"woff", "font/woff"},
    Entry{"woff2", "font/woff2"},
    Entry{"xhtml", "application/xhtml+xml"},
    Entry{"xls", "application/vnd.ms-excel"},
    Entry{"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
    Entry{"xml", "application/xml"},
    Entry{"yaml", "text/yaml; charset=UTF-8"},
    Entry{"yml", "text/yaml; charset=UTF-8"},
    Entry{"zip", "application/zip"},
};
static_assert(std::is_sorted(kTypes.begin(), kTypes.end(),
                             [](const Entry& a, const Entry& b) { return a.first < b.first; }));

}  // namespace

std::string_view content_type_for(std::string_view path) {
  constexpr std::string_view kUnknown = "application/octet-stream";
  const std::size_t dot = path.rfind('.');
  const std::size_t slash = path.rfind('/');
  const bool has_extension =
      dot != std::string_view::npos && (slash == std::string_view::npos || dot > slash);
  if (!has_extension) return kUnknown;
  std::string extension(path.substr(dot + 1));
  std::transform(extension.begin(), extension.end(), extension.begin(), base::to_lower);
  const auto* found =
      std::lower_bound(kTypes.begin(), kTypes.end(), extension,
                       [](const Entry& entry, const std::string& e) { return entry.first < e; });
  return found != kTypes.end() && found->first == extension ? found->second : kUnknown;
}

}  // namespace millrace::http
