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
  /// skipTrailingSlashRedirect: paths are taken with and without, and none is redirected for it.
  bool skip_trailing_slash_redirect = false;
};

struct PathResult {
  enum class Outcome : std::uint8_t {
    /// `path` is to be matched.
    route,
    /// Answer 308 with `location`.
    redirect,
    /// Answer 400: the target is no path.
    bad_request,
    /// Not below basePath: 404.
    outside,
  };
  Outcome outcome = Outcome::route;
  /// For `route`: percent-encoded, without query, basePath and trailing slash, dot segments
  /// resolved; begins with a slash. Views the target, or the scratch where it had to be rewritten.
  std::string_view path;
  /// For `route` and `outside`: the same with basePath and trailing slash; what rules look at.
  std::string_view whole;
  /// For `route` and `outside`: the query without its mark.
  std::string_view query;
  /// For `redirect`: the Location, query kept. Views the scratch.
  std::string_view location;
};

/// Judges a request's target (origin-form or absolute-form, RFC 9112, 3.2) as Next.js does: double
/// slashes and backslashes redirect first, then the path is parsed as the URL standard parses it,
/// then the trailing slash redirects. Escapes are not decoded, nor judged: a path that matches no
/// parameter may hold any. `target` and `scratch` must outlive the result; `scratch` is written
/// only where the path is not to be matched as it is, else nothing is allocated.
[[nodiscard]] PathResult normalise(std::string_view target, const PathRules& rules,
                                   std::string& scratch);

/// Whether the %XX escapes of `text` are well-formed and yield UTF-8: what decodeURIComponent
/// takes without throwing.
[[nodiscard]] bool decodes_as_utf8(std::string_view text);

}  // namespace millrace::routing
