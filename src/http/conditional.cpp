#include "http/conditional.hpp"

#include "base/ascii.hpp"
#include "http/date.hpp"
#include "http/fields.hpp"

namespace millrace::http {

namespace {

std::string_view opaque_tag(std::string_view etag) {
  if (etag.starts_with("W/")) etag.remove_prefix(2);
  return etag;
}

bool any_matches(std::string_view list, std::string_view etag) {
  if (list == "*") return true;
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    if (opaque_tag(base::trim(list.substr(0, comma))) == opaque_tag(etag)) return true;
    if (comma == std::string_view::npos) return false;
    list.remove_prefix(comma + 1);
  }
  return false;
}

}  // namespace

bool is_not_modified(std::string_view request_fields, std::string_view etag,
                     std::time_t last_modified) {
  const auto cache_control = find_field(request_fields, "cache-control");
  if (cache_control && has_token(*cache_control, "no-cache")) return false;
  if (const auto tags = find_field(request_fields, "if-none-match")) {
    return any_matches(*tags, etag);
  }
  const auto since = find_field(request_fields, "if-modified-since");
  if (!since) return false;
  const auto time = parse_http_date(*since);
  return time && last_modified <= *time;
}

}  // namespace millrace::http
