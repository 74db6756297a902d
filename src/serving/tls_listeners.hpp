// Which of a server's listening sockets redirect to HTTPS, and what the server does at the edge by
// [tls] of millrace.toml.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "gateway/edge.hpp"
#include "project/settings.hpp"

namespace millrace::serving {

/// Whether a socket on that port redirects to HTTPS.
[[nodiscard]] bool redirects_at(const project::TlsSettings& tls, std::uint16_t port);

/// Adds sockets for the port that redirects, on `host`, unless `sockets` has some: from the service
/// manager or a predecessor. Removes those that are on neither this port nor `port`, the server's
/// own, where TLS is on. Error: as net::bind_sockets(), and `conflict` where both ports are the same.
[[nodiscard]] base::Result<void> bind_redirects(const project::TlsSettings& tls,
                                                const std::string& host, std::uint16_t port,
                                                std::vector<base::UniqueFd>& sockets);

/// `port`: the server's own. Relative paths are below `root`.
[[nodiscard]] gateway::EdgeOptions edge_options(const project::TlsSettings& tls,
                                                const std::filesystem::path& root,
                                                std::uint16_t port);

}  // namespace millrace::serving
