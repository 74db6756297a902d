// The matcher leads a path to its route: a trie of segments, built once from a manifest's routes
// and immutable after that. A static segment beats [single], which beats [...catch-all], at each
// segment in turn, as Next.js sorts its routes.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "project/route.hpp"

namespace millrace::routing {

/// Kept by the caller and used again, so that matching allocates nothing once its text has grown.
struct Match {
  /// The route's place in the manifest.
  std::uint32_t route = 0;
  /// As the link carries them: raw values in the manifest's order, one space between.
  std::string parameters;
  /// A parameter's escapes do not decode as UTF-8: Next.js answers 400 here.
  bool malformed = false;
};

class Matcher {
 public:
  /// Copies what it needs of `routes`; a route's number is its place in it. Routes must be
  /// consistent (project::sort_routes); where two claim one place the first wins.
  explicit Matcher(std::span<const project::Route> routes);
  Matcher(Matcher&&) noexcept;
  Matcher& operator=(Matcher&&) noexcept;
  ~Matcher();

  /// `path` as normalise() gives it. False, with `out` unspecified, where no route takes it.
  /// Constant after construction: threads may share it, each with its own Match.
  [[nodiscard]] bool match(std::string_view path, Match& out) const;

 private:
  struct Trie;
  std::unique_ptr<const Trie> trie_;
};

}  // namespace millrace::routing
