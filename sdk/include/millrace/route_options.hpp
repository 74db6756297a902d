// Options that a route exports beside its handlers, like `export const maxDuration` in JavaScript:
//
//   RouteOptions options(Route) { return {.max_duration = 10s}; }
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace millrace {

/// The parameter that distinguishes options() of routes from other functions of that name.
struct Route {};

struct RouteOptions {
  /// After this time the client gets 504 and stop is requested on the request's stop token; 0 for
  /// the pool's setting. Whole seconds.
  std::chrono::seconds max_duration{0};
  /// Maximum size of a request's body in bytes; a larger one is rejected with 413 before the
  /// handler is called. Not applied to a StreamedRequest.
  std::size_t max_body = std::size_t{10} * 1024 * 1024;
  /// For proxy.cpp: the paths that it is called for, in Next.js's syntax ("/api/:path*"). Empty:
  /// all.
  std::vector<std::string> matcher = {};
};

}  // namespace millrace
