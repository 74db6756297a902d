// What the cache has to say to a request for a route whose GETs are static, and the fields by which
// Next.js tells caches before it what to do with the response.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "cache/kept_response.hpp"
#include "gateway/response_cache.hpp"
#include "http/request_parser.hpp"
#include "routing/matcher.hpp"

namespace millrace::gateway {

struct Site;

/// How a request for a route is to be answered.
struct CacheVerdict {
  enum class Kind : std::uint8_t {
    /// By the route itself, which is called for each request.
    uncached,
    /// By the route itself, past the cache: the browser is in draft mode.
    draft,
    /// Not at all: the method writes.
    method_not_allowed,
    /// Not at all: only the paths of the build are there, and this is none.
    not_found,
    /// With `response`.
    fresh,
    /// With `response`, which is to be made anew.
    stale,
    /// With what a worker is to make.
    missing,
  };
  Kind kind = Kind::uncached;
  /// For all kinds but the first four.
  StaticTarget target = {};
  cache::SharedResponse response = nullptr;
};

/// Whether a method only reads, as far as the server knows: GET and HEAD.
[[nodiscard]] bool reads_only(std::string_view method);

/// `match` is of the site's matcher.
[[nodiscard]] CacheVerdict judge_cached(const std::shared_ptr<const Site>& site,
                                        const routing::Match& match,
                                        const http::RequestHead& request, ResponseCache& cache);

/// Writes the fields of a response from the cache to `fields`; `state` is HIT, STALE or MISS.
void write_cached_fields(const cache::KeptResponse& response, std::string_view state,
                         std::string& fields);

/// What Cache-Control says of a response that no cache may keep.
inline constexpr std::string_view kUncached =
    "private, no-cache, no-store, max-age=0, must-revalidate";

/// The fields of a response that went past the cache, where the route gave these.
[[nodiscard]] std::string draft_fields(std::string_view given);

}  // namespace millrace::gateway
