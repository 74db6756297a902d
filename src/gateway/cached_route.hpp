// Decides how the cache responds to a request for a route whose GETs are static, and writes the
// fields (Cache-Control and others) by which Next.js instructs caches between the server and the
// client.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "cache/cached_response.hpp"
#include "gateway/response_cache.hpp"
#include "http/request_parser.hpp"
#include "routing/matcher.hpp"

namespace millrace::gateway {

struct Site;

/// How the server responds to a request for a route.
struct CacheVerdict {
  enum class Kind : std::uint8_t {
    /// The route is called for each request; its responses are not cached.
    uncached,
    /// The route is called and the cache is bypassed: the browser is in draft mode.
    draft,
    /// 405: the route is static and the method is neither GET nor HEAD.
    method_not_allowed,
    /// 404: only the paths that the build prerendered exist, and this is none of them.
    not_found,
    /// `response` is sent.
    fresh,
    /// `response` is sent, and revalidated in the background.
    stale,
    /// The cache has no response: a worker makes it.
    missing,
  };
  Kind kind = Kind::uncached;
  /// Set for not_found, fresh, stale and missing.
  StaticTarget target = {};
  cache::SharedResponse response = nullptr;
  /// For not_found: whether the data of a page is requested, and not the page.
  bool for_data = false;
};

/// Returns whether the method is GET or HEAD.
[[nodiscard]] bool reads_only(std::string_view method);

/// Decides for a request that `match`, a result of the site's matcher, belongs to. `fields` are the
/// request's as the route would see them, `locale` is that of its page in a project with locales.
[[nodiscard]] CacheVerdict judge_cached(const std::shared_ptr<const Site>& site,
                                        const routing::Match& match,
                                        const http::RequestHead& request, std::string_view fields,
                                        std::string_view locale, ResponseCache& cache);

/// Decides for a response that may be stored.
[[nodiscard]] CacheVerdict judge_stored(StaticTarget target, ResponseCache& cache);

/// Returns the optimised image that a request is for: images are the same for all clients that accept
/// the same types. `query` is the request's, as sent; `fields` are those that the optimiser would see.
/// Returns nothing where the optimiser must respond, past the cache.
[[nodiscard]] std::optional<StaticTarget> image_target(const std::shared_ptr<const Site>& site,
                                                       std::uint32_t route,
                                                       const http::RequestHead& request,
                                                       std::string_view query,
                                                       std::string_view fields);

/// What the one who waited for a response is told of the cache.
[[nodiscard]] std::string_view fill_state(const cache::CachedResponse& response);

/// Whether the client's copy of a response is still good: Next.js gives pages an ETag.
[[nodiscard]] bool is_unchanged(const cache::CachedResponse& response,
                                const http::RequestHead& request);

/// Leaves out what describes a body, for the response 304.
void remove_content_fields(std::string& fields);

/// Leaves only the fields that Next.js sends with the response 304 for an image.
void keep_validation_fields(std::string& fields);

/// Writes the fields of a cached response to `fields`. `state`, the value of X-Nextjs-Cache, is
/// HIT, STALE or MISS.
void write_cached_fields(const cache::CachedResponse& response, std::string_view state,
                         std::string& fields);

/// Adds `Vary` to the fields of a page of the Pages Router for a request of the App Router's client,
/// which takes the page for one of its own; `asked` are the request's fields. Other responses have it.
void add_vary(const project::Route& route, std::string_view asked, std::string& fields);

/// The Cache-Control of a response that no cache may store.
inline constexpr std::string_view kUncached =
    "private, no-cache, no-store, max-age=0, must-revalidate";

/// Returns the fields of a response that bypassed the cache; `given` are the route's.
[[nodiscard]] std::string draft_fields(std::string_view given);

}  // namespace millrace::gateway
