#include "gateway/development_hosts.hpp"

#include <algorithm>
#include <optional>

#include "base/ascii.hpp"
#include "http/fields.hpp"
#include "http/host.hpp"

namespace millrace::gateway {

namespace {

/// Removes the last label from `name` and returns it.
std::string_view take_label(std::string_view& name) {
  const std::size_t dot = name.rfind('.');
  const std::string_view label = dot == std::string_view::npos ? name : name.substr(dot + 1);
  name = name.substr(0, dot == std::string_view::npos ? 0 : dot);
  return label;
}

bool matches(std::string_view pattern, std::string_view name) {
  while (!pattern.empty() && !name.empty()) {
    const std::string_view wanted = take_label(pattern);
    if (wanted == "**") return pattern.empty();
    const std::string_view label = take_label(name);
    if (wanted != "*" && !base::equals_ignoring_case(wanted, label)) return false;
  }
  return pattern.empty() && name.empty();
}

/// For hosts that http::is_valid_authority() accepts, whose names cannot end in a number.
bool is_address(std::string_view host) {
  const std::string_view last = host.substr(host.rfind('.') + 1);
  return host.starts_with('[') ||
         std::all_of(last.begin(), last.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

DevelopmentHosts::DevelopmentHosts(std::string_view hostname,
                                   const std::vector<std::string>& allowed)
    : patterns_(allowed) {
  patterns_.emplace_back("localhost");
  patterns_.emplace_back("**.localhost");
  patterns_.emplace_back(hostname);
}

bool DevelopmentHosts::accepts(std::string_view fields) const {
  const auto authority = http::find_field(fields, "host");
  // Only HTTP/1.0 requests have no Host, and browsers do not send these.
  if (!authority) return true;
  std::string_view host = http::host_of(*authority);
  if (host.ends_with('.')) host.remove_suffix(1);
  if (is_address(host)) return true;
  return std::any_of(patterns_.begin(), patterns_.end(),
                     [host](const std::string& pattern) { return matches(pattern, host); });
}

}  // namespace millrace::gateway
