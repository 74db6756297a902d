#include "serving/banner.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

#include <array>
#include <memory>

#include "serving/bound_address.hpp"
#include "serving/count_of.hpp"
#include "serving/version.hpp"

namespace millrace::serving {

namespace {

using project::RouterKind;

bool is_loopback(std::string_view host) { return host.starts_with("127.") || host == "::1"; }

bool is_any(std::string_view host) { return host == "0.0.0.0" || host == "::"; }

/// Returns the machine's first IPv4 address that is not a loopback address; empty where it has none.
std::string address_of_machine() {
  ifaddrs* found = nullptr;
  if (::getifaddrs(&found) != 0) return {};
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> all(found, &::freeifaddrs);
  for (const ifaddrs* one = found; one != nullptr; one = one->ifa_next) {
    const bool usable = (one->ifa_flags & IFF_UP) != 0 && (one->ifa_flags & IFF_LOOPBACK) == 0;
    if (!usable || one->ifa_addr == nullptr || one->ifa_addr->sa_family != AF_INET) continue;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): required by the sockets API
    const auto* const address = reinterpret_cast<const sockaddr_in*>(one->ifa_addr);
    std::array<char, INET_ADDRSTRLEN> text{};
    if (::inet_ntop(AF_INET, &address->sin_addr, text.data(), text.size()) != nullptr) {
      return text.data();
    }
  }
  return {};
}

std::string url_of(std::string_view scheme, std::string_view host, std::uint16_t port) {
  const bool bracketed = host.find(':') != std::string_view::npos;
  return bracketed ? fmt::format("{}://[{}]:{}", scheme, host, port)
                   : fmt::format("{}://{}:{}", scheme, host, port);
}

/// "default (1 to 4 workers)"
std::string describe(const workers::PoolPlan& pool) {
  const workers::PoolOptions& options = pool.options;
  const std::string workers = options.min == options.max
                                  ? count_of(options.min, "worker")
                                  : fmt::format("{} to {} workers", options.min, options.max);
  return fmt::format("{} ({})", options.name, workers);
}

}  // namespace

ServerUrls urls_of(std::span<const base::UniqueFd> sockets, std::uint16_t port, bool secure) {
  const std::string_view scheme = secure ? "https" : "http";
  ServerUrls urls{.local = url_of(scheme, "localhost", port), .network = {}};
  for (const base::UniqueFd& socket : sockets) {
    const BoundAddress bound = bound_address(socket);
    const std::string_view host = bound.host;
    if (host.empty() || is_loopback(host)) continue;
    const std::string shown = is_any(host) ? address_of_machine() : std::string(host);
    if (!shown.empty()) urls.network = url_of(scheme, shown, port);
    // Such a server does not listen on the loopback address.
    if (!is_any(host)) urls.local = url_of(scheme, host, port);
    break;
  }
  return urls;
}

std::vector<std::string> title_lines(std::string_view mode, const ServerUrls& urls) {
  std::vector<std::string> lines{fmt::format("  Millrace {} ({})", kVersion, mode),
                                 "  - Local:   " + urls.local};
  lines.push_back("  - Network: " + (urls.network.empty()
                                         ? "none (--hostname 0.0.0.0 listens on all addresses)"
                                         : urls.network));
  return lines;
}

std::string describe_routes_of(const project::Manifest& manifest) {
  std::size_t routes = 0;
  std::size_t native = 0;
  std::size_t pages = 0;
  for (const project::Route& route : manifest.routes) {
    if (route.kind == RouterKind::image) continue;
    ++(route.is_page() ? pages : routes);
    if (route.is_native()) ++native;
  }
  std::string text = count_of(routes, "route");
  if (native > 0) text += fmt::format(" ({} in C++)", native);
  if (pages > 0) text += " and " + count_of(pages, "page");
  return text;
}

std::vector<std::string> content_lines(const std::vector<std::string>& env_files,
                                       const project::Manifest& manifest,
                                       const std::vector<workers::PoolPlan>& pools) {
  std::vector<std::string> lines;
  if (!env_files.empty()) {
    lines.push_back(fmt::format("  - Environment: {}", fmt::join(env_files, ", ")));
  }
  lines.push_back("  - Serves:  " + describe_routes_of(manifest));
  std::string named;
  for (const workers::PoolPlan& pool : pools) {
    named.append(named.empty() ? "" : ", ").append(describe(pool));
  }
  if (!named.empty()) lines.push_back("  - Pools:   " + named);
  return lines;
}

}  // namespace millrace::serving
