// Headers are a request's fields as Next.js shows them to a handler: case-insensitive names,
// combined lines, and the x-forwarded-* fields always present.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace {

/// A view of the fields of one request, which it must not outlive. Fields are parsed on access.
class Headers {
 public:
  /// The client's connection, from which missing x-forwarded-* fields are filled in.
  struct Peer {
    std::string_view address;
    bool secure = false;
    /// The port that the server listens on; 0 where it is unknown: then the port of Host is used.
    std::uint16_t server_port = 0;
  };

  /// `lines`: "Name: value\r
  /// " each.
  Headers(std::string_view lines, Peer peer) : lines_(lines), peer_(peer) {}

  /// The value of the field, or none where there is no such field. Several lines are joined with ",
  /// " (cookies with "; "); of fields that are allowed only once, the first line is taken.
  [[nodiscard]] std::optional<std::string> get(std::string_view name) const;

  [[nodiscard]] bool has(std::string_view name) const { return get(name).has_value(); }

  /// All fields by lower-case name, sorted, as `Headers.entries()` returns them.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> entries() const;

 private:
  [[nodiscard]] std::optional<std::string> sent(std::string_view name) const;
  [[nodiscard]] std::optional<std::string> forwarded(std::string_view name) const;

  std::string_view lines_;
  Peer peer_;
};

}  // namespace millrace
