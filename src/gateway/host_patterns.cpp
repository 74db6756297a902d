#include "gateway/host_patterns.hpp"

#include <algorithm>

#include "base/ascii.hpp"

namespace millrace::gateway {

namespace {

/// Removes the last label from `name` and returns it.
std::string_view take_label(std::string_view& name) {
  const std::size_t dot = name.rfind('.');
  const std::string_view label = dot == std::string_view::npos ? name : name.substr(dot + 1);
  name = name.substr(0, dot == std::string_view::npos ? 0 : dot);
  return label;
}

bool matches_labels(std::string_view pattern, std::string_view name) {
  while (!pattern.empty() && !name.empty()) {
    const std::string_view wanted = take_label(pattern);
    if (wanted == "**") return pattern.empty();
    const std::string_view label = take_label(name);
    if (wanted != "*" && !base::equals_ignoring_case(wanted, label)) return false;
  }
  return pattern.empty() && name.empty();
}

}  // namespace

bool HostPatterns::match(std::string_view host) const {
  if (host.ends_with('.')) host.remove_suffix(1);
  return std::any_of(patterns_.begin(), patterns_.end(),
                     [host](const std::string& pattern) { return matches_labels(pattern, host); });
}

}  // namespace millrace::gateway
