// Which fields of a message concern one connection only, and are not passed on with it (RFC 9110
// §7.6.1): those that are made for it, and those that its Connection field names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace millrace::http {

/// Whether fields of that name concern one connection by their definition: Connection, Keep-Alive,
/// TE, Trailer, Transfer-Encoding, Upgrade, Expect, HTTP2-Settings and Proxy-….
[[nodiscard]] bool is_connection_field(std::string_view name);

/// The options of all Connection lines of one section, as far as they take fields away. An option
/// that names a field for all recipients (Host, Cookie, Authorization, Cache-Control, Content-…,
/// X-Forwarded-… and the like, which no sender may name there) takes nothing away, so that no
/// client can strip what servers on the way have added.
class ConnectionOptions {
 public:
  /// Copies what it needs of `section`.
  explicit ConnectionOptions(std::string_view section);

  /// Whether a field of that name, in the same section, is not passed on.
  [[nodiscard]] bool removes(std::string_view name) const;

 private:
  std::vector<std::string> names_;
};

}  // namespace millrace::http
