#include "gateway/upstream_target.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "http/fields.hpp"

namespace millrace::gateway {

base::Result<UpstreamTarget> parse_upstream_url(std::string_view url) {
  UpstreamTarget target;
  const std::size_t scheme = url.find("://");
  const std::string_view name = url.substr(0, scheme);
  target.secure = base::equals_ignoring_case(name, "https");
  if (scheme == std::string_view::npos ||
      (!target.secure && !base::equals_ignoring_case(name, "http"))) {
    return base::Error(
        base::ErrorCode::invalid,
        "expected an http:// or https:// URL as the destination of a rewrite, found " +
            std::string(url));
  }
  const std::string_view rest = url.substr(scheme + 3);
  const std::size_t end = std::min(rest.find_first_of("/?#"), rest.size());
  const std::string_view authority = rest.substr(0, end);
  target.authority = authority;
  target.path = rest.substr(end, rest.find('#') - end);
  if (!target.path.starts_with('/')) target.path.insert(0, 1, '/');
  const std::size_t bracket = authority.rfind(']');
  const std::size_t colon = authority.rfind(':');
  const bool has_port =
      colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  target.host = authority.substr(0, has_port ? colon : authority.size());
  target.port = has_port ? authority.substr(colon + 1) : std::string_view();
  // A colon without a number is the scheme's port, too (RFC 3986 §3.2.3).
  if (target.port.empty()) target.port = target.secure ? "443" : "80";
  if (target.host.starts_with('[') && target.host.ends_with(']')) {
    target.host = target.host.substr(1, target.host.size() - 2);
  }
  const bool plain = std::all_of(target.path.begin(), target.path.end(),
                                 [](char c) { return c > ' ' && c < '\x7f'; });
  const bool numbered = std::all_of(target.port.begin(), target.port.end(),
                                    [](char c) { return c >= '0' && c <= '9'; });
  if (target.host.empty() || !plain || !numbered || !http::is_field_value(target.host)) {
    return base::Error(base::ErrorCode::invalid,
                       "invalid destination of a rewrite: " + std::string(url));
  }
  return target;
}

}  // namespace millrace::gateway
