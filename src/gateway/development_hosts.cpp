#include "gateway/development_hosts.hpp"

#include <algorithm>

#include "http/fields.hpp"
#include "http/host.hpp"

namespace millrace::gateway {

namespace {

/// For hosts that http::is_valid_authority() accepts, whose names cannot end in a number.
bool is_address(std::string_view host) {
  const std::string_view last = host.substr(host.rfind('.') + 1);
  return host.starts_with('[') ||
         std::all_of(last.begin(), last.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

DevelopmentHosts::DevelopmentHosts(std::string_view hostname,
                                   const std::vector<std::string>& allowed)
    : patterns_([&] {
        std::vector<std::string> patterns = allowed;
        patterns.emplace_back("localhost");
        patterns.emplace_back("**.localhost");
        patterns.emplace_back(hostname);
        return patterns;
      }()) {}

bool DevelopmentHosts::accepts(std::string_view fields) const {
  const auto authority = http::find_field(fields, "host");
  // Only HTTP/1.0 requests have no Host, and browsers do not send these.
  if (!authority) return true;
  std::string_view host = http::host_of(*authority);
  if (host.ends_with('.')) host.remove_suffix(1);
  return is_address(host) || patterns_.match(host);
}

}  // namespace millrace::gateway
