// The first lines of `dev` and `start`: name, version, addresses, and what is served how.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/unique_fd.hpp"
#include "project/manifest.hpp"
#include "workers/fleet.hpp"

namespace millrace::serving {

/// The URLs at which a server can be reached.
struct ServerUrls {
  std::string local;
  /// Empty where the server listens on this machine only.
  std::string network;
};

/// Returns the URLs of a server with these listening sockets. Where it listens on all addresses,
/// the network URL has the first address of the machine's interfaces that is not a loopback
/// address. `secure`: the server speaks HTTPS.
[[nodiscard]] ServerUrls urls_of(std::span<const base::UniqueFd> sockets, std::uint16_t port,
                                 bool secure = false);

/// Returns "  Millrace 0.1.0 (production)" and the lines with the URLs.
[[nodiscard]] std::vector<std::string> title_lines(std::string_view mode, const ServerUrls& urls);

/// Returns the lines for env files, routes and pools; none for what is empty. `pages` is the number
/// of pages beside the manifest's, which another server renders.
[[nodiscard]] std::vector<std::string> content_lines(const std::vector<std::string>& env_files,
                                                     const project::Manifest& manifest,
                                                     const std::vector<workers::PoolPlan>& pools);

/// Returns "12 routes (2 in C++) and 3 pages".
[[nodiscard]] std::string describe_routes_of(const project::Manifest& manifest);

}  // namespace millrace::serving
