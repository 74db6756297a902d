// Headers are a request's fields as Next.js shows them to a handler: names without regard to case,
// repeated lines joined, and the x-forwarded-* fields always there.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace {

/// A view of the fields of one request, which it must not outlive. Nothing is parsed before it is
/// asked for.
class Headers {
 public:
  /// Who sent the request, for the fields that are added where they are missing.
  struct Peer {
    std::string_view address;
    bool secure = false;
    /// That the server listens on; 0 where it is not known: what Host says counts.
    std::uint16_t server_port = 0;
  };

  /// `lines`: "Name: value\r\n" each.
  Headers(std::string_view lines, Peer peer) : lines_(lines), peer_(peer) {}

  /// The value of the field; several lines are joined with ", " (cookies with "; "), of those that
  /// may stand once the first counts. None where there is no such field.
  [[nodiscard]] std::optional<std::string> get(std::string_view name) const;

  [[nodiscard]] bool has(std::string_view name) const { return get(name).has_value(); }

  /// All fields by lower-case name, sorted, as `Headers.entries()` gives them.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> entries() const;

 private:
  [[nodiscard]] std::optional<std::string> sent(std::string_view name) const;
  [[nodiscard]] std::optional<std::string> forwarded(std::string_view name) const;

  std::string_view lines_;
  Peer peer_;
};

}  // namespace millrace
