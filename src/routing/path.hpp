// The only path normaliser: it turns a request's target into the path that routes and files are
// matched against, or into the redirect or rejection that Next.js responds with. No other part of
// the server interprets a raw target, so that no two parts can disagree on the path.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace millrace::routing {

struct PathRules {
  /// "" or, for example, "/docs".
  std::string base_path;
  /// trailingSlash of next.config: paths end with a slash, and others are redirected to that form.
  bool trailing_slash = false;
  /// skipTrailingSlashRedirect: paths are accepted with and without a trailing slash, without a
  /// redirect.
  bool skip_trailing_slash_redirect = false;
};

/// Returns whether a path is `base_path`, which may be empty, or lies below it.
[[nodiscard]] constexpr bool is_below(std::string_view path, std::string_view base_path) {
  return path.starts_with(base_path) &&
         (path.size() == base_path.size() || path[base_path.size()] == '/');
}

struct PathResult {
  enum class Outcome : std::uint8_t {
    /// Match `path`.
    route,
    /// Respond 308 with `location`.
    redirect,
    /// Respond 400: the target is not a path.
    bad_request,
    /// The path is not below basePath: 404.
    outside,
  };
  Outcome outcome = Outcome::route;
  /// For `route`: percent-encoded, without query, basePath and trailing slash, dot segments
  /// resolved; begins with a slash. Points into the target, or into the scratch where it had to be
  /// rewritten.
  std::string_view path;
  /// For `route` and `outside`: the same with basePath and trailing slash, for rules.
  std::string_view full_path;
  /// For `route` and `outside`: the query without "?".
  std::string_view query;
  /// For `redirect`: the Location, with the query. Points into the scratch.
  std::string_view location;
};

/// Normalises a request's target (origin-form or absolute-form, RFC 9112 §3.2) as Next.js does:
/// double slashes and backslashes redirect first, then the path is parsed as the URL standard does,
/// then the trailing slash redirects. Escapes are neither decoded nor validated: a path may contain
/// any where it matches no parameter. `target` and `scratch` must outlive the result; `scratch` is
/// written only where the path cannot be matched as received, otherwise nothing is allocated.
/// `default_locale`, if it is not empty, is not counted as a part of the path where the trailing slash is
/// redirected, and is not in the location.
[[nodiscard]] PathResult normalise(std::string_view target, const PathRules& rules,
                                   std::string& scratch, std::string_view default_locale = {});

/// Returns whether the %XX escapes of `text` are well-formed and yield UTF-8, that is, whether
/// decodeURIComponent accepts it.
[[nodiscard]] bool decodes_as_utf8(std::string_view text);

}  // namespace millrace::routing
