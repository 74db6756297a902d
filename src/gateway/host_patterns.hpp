// HostPatterns is a list of host names with wildcards, as in Next.js's allowedDevOrigins.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace millrace::gateway {

class HostPatterns {
 public:
  HostPatterns() = default;
  /// "*" matches one label, a leading "**" one or more. Names are compared without their case.
  explicit HostPatterns(std::vector<std::string> patterns) : patterns_(std::move(patterns)) {}

  [[nodiscard]] bool empty() const { return patterns_.empty(); }

  /// Returns whether a pattern matches `host`, which has no port; a final dot does not count.
  [[nodiscard]] bool match(std::string_view host) const;

 private:
  std::vector<std::string> patterns_;
};

}  // namespace millrace::gateway
