// TargetUrl is a URL that a request can be sent to, read as the URL standard reads http and https
// URLs, save that hosts must be ASCII.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace millrace::client {

struct TargetUrl {
  bool secure = false;
  /// "user:password", escaped as it came; empty where there is none.
  std::string credentials;
  /// In lower case, IPv6 addresses in brackets.
  std::string host;
  /// Never empty.
  std::string port;
  /// Path and query, with nothing in them that a request line could not carry.
  std::string target;

  /// None for what is no absolute http or https URL.
  [[nodiscard]] static std::optional<TargetUrl> parse(std::string_view text);

  /// The URL that `reference`, absolute or relative, means beside this one; without credentials.
  [[nodiscard]] std::optional<TargetUrl> resolve(std::string_view reference) const;

  /// "https://example.com:8443", without the scheme's own port.
  [[nodiscard]] std::string origin() const;
  /// What stands in the field Host.
  [[nodiscard]] std::string authority() const;
  /// The host without brackets.
  [[nodiscard]] std::string_view name() const;
  /// Without credentials.
  [[nodiscard]] std::string href() const { return origin() + target; }
  /// Without the query, too: for texts that end up in logs.
  [[nodiscard]] std::string text() const;
};

}  // namespace millrace::client
