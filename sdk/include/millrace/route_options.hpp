// What a route says of itself beside its handlers, as `export const maxDuration` does in JavaScript:
//
//   RouteOptions options(Route) { return {.max_duration = 10s}; }
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace millrace {

/// Tells options() of routes from functions of the same name.
struct Route {};

struct RouteOptions {
  /// After so long the client is answered 504 and the request's stop token stops; 0 for what the
  /// pool says. Whole seconds.
  std::chrono::seconds max_duration{0};
  /// Bytes of a request's body; more is answered 413 before the handler is called. Not looked at
  /// for a StreamedRequest.
  std::size_t max_body = std::size_t{10} * 1024 * 1024;
  /// Of a proxy.cpp: the paths it is called for, in Next.js's syntax ("/api/:path*"). None: all.
  std::vector<std::string> matcher = {};
};

}  // namespace millrace
