// Finds the fields of a message that apply to one connection only and are not forwarded (RFC 9110
// §7.6.1): those defined so, and those that its Connection field names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace millrace::http {

/// Returns whether a field of that name is connection-specific by definition: Connection,
/// Keep-Alive, TE, Trailer, Transfer-Encoding, Upgrade, Expect, HTTP2-Settings and Proxy-….
[[nodiscard]] bool is_connection_field(std::string_view name);

/// The options of all Connection fields of one section that remove fields. An option that names a
/// field for all recipients (Host, Cookie, Authorization, Cache-Control, Content-…, X-Forwarded-…
/// and the like, which no sender may name there) removes nothing, so that a client cannot strip
/// what intermediaries have added.
class ConnectionOptions {
 public:
  /// Copies what it needs of `section`.
  explicit ConnectionOptions(std::string_view section);

  /// Returns whether a field of that name in the same section is not forwarded.
  [[nodiscard]] bool removes(std::string_view name) const;

 private:
  std::vector<std::string> names_;
};

}  // namespace millrace::http
