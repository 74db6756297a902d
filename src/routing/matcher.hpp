// Matcher finds the route for a path. It is a trie of segments, built once from a manifest's routes
// and immutable after that. At each segment in turn, a static segment takes precedence over
// [single], and that over [...catch-all], as Next.js sorts its routes.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "project/route.hpp"

namespace millrace::routing {

/// The result of a match. The caller keeps and reuses it, so that matching allocates nothing once
/// its text has grown.
struct Match {
  /// The index of the route in the manifest.
  std::uint32_t route = 0;
  /// The parameters as the link carries them: raw values in the manifest's order, separated by one
  /// space.
  std::string parameters;
  /// Whether the escapes of a parameter do not decode as UTF-8; Next.js responds 400 then.
  bool malformed = false;
};

class Matcher {
 public:
  /// Copies what it needs of `routes`; the number of a route is its index. Routes must be
  /// consistent (project::sort_routes); where two claim the same place, the first wins.
  explicit Matcher(std::span<const project::Route> routes);
  Matcher(Matcher&&) noexcept;
  Matcher& operator=(Matcher&&) noexcept;
  ~Matcher();

  /// `path` is a result of normalise(). Returns false, with `out` unspecified, where no route
  /// matches. Constant after construction: threads may share it, each with its own Match.
  [[nodiscard]] bool match(std::string_view path, Match& out) const;

 private:
  struct Trie;
  std::unique_ptr<const Trie> trie_;
};

}  // namespace millrace::routing
