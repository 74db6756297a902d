// Parses an address to listen on, as millrace.toml names it: a host and a port.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::project {

struct ListenAddress {
  /// Without brackets; empty for every address. For net::bind_sockets.
  std::string host;
  /// 0: the kernel chooses.
  std::uint16_t port = 0;

  /// Parses "127.0.0.1:9464", "[::1]:9464", "localhost:9464" or ":9464". Does not check the host.
  [[nodiscard]] static std::optional<ListenAddress> parse(std::string_view text);

  /// Returns whether only processes of this machine can connect: the host is "localhost" or a
  /// loopback address.
  [[nodiscard]] bool is_loopback() const;

  /// Returns the form that parse() accepts.
  [[nodiscard]] std::string to_string() const;
};

}  // namespace millrace::project
