// The one path normaliser: from a request's target to the path that routes and files are matched
// against, or to the redirect or refusal that Next.js answers instead. Nothing else in the server
// looks at a raw target, so no two parts can disagree on what a path is.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace millrace::routing {

struct PathRules {
  /// "" or "/docs".
  std::string base_path;
  /// next.config's trailingSlash: paths end with a slash and others are redirected to it.
  bool trailing_slash = false;
};

struct PathResult {
  enum class Outcome : std::uint8_t {
    /// `path` is to be matched.
    route,
    /// Answer 308 with `location`.
    redirect,
    /// Answer 400: percent-encoding that does not decode as UTF-8, or a target that is no path.
    bad_request,
    /// Not below basePath: 404.
    outside,
  };
  Outcome outcome = Outcome::route;
  /// For `route`: as received, percent-encoded, without query, basePath and trailing slash;
  /// begins with a slash. Views the target.
  std::string_view path;
  /// For `redirect`: the Location, query kept. Views the scratch.
  std::string_view location;
};

/// Judges a request's target (origin-form or absolute-form, RFC 9112, 3.2). `scratch` is written
/// only for redirects; both it and `target` must outlive the result. Allocates nothing otherwise.
[[nodiscard]] PathResult normalise(std::string_view target, const PathRules& rules,
                                   std::string& scratch);

/// Decodes %XX into `out` (cleared first). False where the escapes are malformed or what they
/// yield is no UTF-8, as decodeURIComponent throws; `out` is then unspecified.
[[nodiscard]] bool percent_decode(std::string_view text, std::string& out);

}  // namespace millrace::routing
