// Reads the header of the PROXY protocol, versions 1 and 2, with which a proxy of TCP connections tells
// the address of its client before the client's own bytes
// (https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::net {

/// For one connection. Used by one thread at a time.
class ProxyHeader {
 public:
  enum class State : std::uint8_t {
    /// The header goes on.
    incomplete,
    complete,
    /// It is none, or too long: nothing that follows can be trusted.
    malformed,
  };

  /// The longest header of version 2 that is accepted, in bytes; its optional fields are skipped.
  static constexpr std::size_t kMost = 1024;

  struct Source {
    std::string address;
    std::uint16_t port = 0;
  };

  /// Takes the next bytes of the connection and sets `taken` to how many of them belong to the header.
  /// Not called after `complete` or `malformed`.
  [[nodiscard]] State take(std::string_view bytes, std::size_t& taken);

  /// The client, after `complete`; nothing where the proxy speaks for itself (LOCAL, UNKNOWN) or for a
  /// client without an IP address.
  [[nodiscard]] const std::optional<Source>& source() const { return source_; }

 private:
  [[nodiscard]] State examine();
  [[nodiscard]] State examine_text();
  [[nodiscard]] State examine_binary();

  std::string header_;
  std::optional<Source> source_;
};

}  // namespace millrace::net
