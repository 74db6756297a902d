// UpstreamTarget is where a request to an upstream goes: the server, its name, and the path.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace millrace::gateway {

struct UpstreamTarget {
  /// Whether the scheme is https.
  bool secure = false;
  std::string host;
  std::string port;
  /// The value of the Host field: with the port where the URL has one.
  std::string authority;
  /// Path and query.
  std::string path;

  /// Returns "https://host:port": what requests that may share a connection have in common.
  [[nodiscard]] std::string server() const {
    return (secure ? "https://" : "http://") + host + ":" + port;
  }
};

/// Parses an absolute URL. Error: invalid, for one that is neither http nor https.
[[nodiscard]] base::Result<UpstreamTarget> parse_upstream_url(std::string_view url);

}  // namespace millrace::gateway
