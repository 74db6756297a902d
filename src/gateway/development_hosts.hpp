// DevelopmentHosts decides which hosts `millrace dev` responds to, as a protection against DNS
// rebinding: a page of any site can reach a server on loopback through a host name of its own that
// resolves to it, and could read the responses as same-origin. Such a request carries the foreign
// host name.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/host_patterns.hpp"

namespace millrace::gateway {

class DevelopmentHosts {
 public:
  /// `hostname`: the --hostname that the server listens on. `allowed`: patterns as in Next.js's
  /// allowedDevOrigins, where "*" matches one label and a leading "**" one or more.
  DevelopmentHosts(std::string_view hostname, const std::vector<std::string>& allowed);

  /// Returns whether the Host of a request with these fields is localhost, a subdomain of it, an IP
  /// address or an allowed name, or is absent.
  [[nodiscard]] bool accepts(std::string_view fields) const;

 private:
  HostPatterns patterns_;
};

}  // namespace millrace::gateway
