// Which hosts `millrace dev` answers. A page of any site can be made to reach a server on loopback
// by a name of its own that leads there (DNS rebinding), and would read what comes back as its own;
// such a request still names the foreign host.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace millrace::gateway {

class DevelopmentHosts {
 public:
  /// `hostname`: the one the server was told to listen on. `allowed`: names as in Next.js's
  /// allowedDevOrigins, where "*" stands for one label and "**", in front, for one or more.
  DevelopmentHosts(std::string_view hostname, const std::vector<std::string>& allowed);

  /// Whether the Host of a request with these fields is localhost, a name below it, an IP address,
  /// or one of those given, or there is none.
  [[nodiscard]] bool answer(std::string_view fields) const;

 private:
  std::vector<std::string> patterns_;
};

}  // namespace millrace::gateway
