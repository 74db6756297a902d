// TargetUrl is the URL of a request, parsed as the URL standard parses http and https URLs, except
// that hosts must be ASCII.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace millrace::client {

struct TargetUrl {
  bool secure = false;
  /// "user:password", escaped as received; empty where there is none.
  std::string credentials;
  /// In lower case, IPv6 addresses in brackets.
  std::string host;
  /// Never empty.
  std::string port;
  /// Path and query, without characters that are not allowed in a request line.
  std::string target;

  /// None for text that is not an absolute http or https URL.
  [[nodiscard]] static std::optional<TargetUrl> parse(std::string_view text);

  /// Resolves `reference`, absolute or relative, against this URL; without credentials.
  [[nodiscard]] std::optional<TargetUrl> resolve(std::string_view reference) const;

  /// "https://example.com:8443"; the port is omitted where it is the scheme's default.
  [[nodiscard]] std::string origin() const;
  /// The value of the Host field.
  [[nodiscard]] std::string authority() const;
  /// The host without brackets.
  [[nodiscard]] std::string_view name() const;
  /// Without credentials.
  [[nodiscard]] std::string href() const { return origin() + target; }
  /// Without credentials and query: for texts that are logged.
  [[nodiscard]] std::string text() const;
};

}  // namespace millrace::client
