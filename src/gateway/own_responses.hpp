// The responses that the server makes itself: to a request that it rejects, and where the source of
// a response fails.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "gateway/response_source.hpp"

namespace millrace::gateway {

/// A response with a short text.
struct OwnResponse {
  std::uint16_t status = 500;
  std::string_view text;
  /// Fields besides Content-Type.
  std::string_view fields = {};
};

inline constexpr std::string_view kRetryAfter = "Retry-After: 1\r\n";

inline constexpr OwnResponse kBadRequest{.status = 400, .text = "Bad Request"};
inline constexpr OwnResponse kServerError{.status = 500, .text = "Internal Server Error"};
inline constexpr OwnResponse kNotFound{.status = 404, .text = "This page could not be found.\n"};
/// What Next.js sends for a missing file of the build, which has no not-found page.
inline constexpr OwnResponse kNoBuildFile{
    .status = 404,
    .text = "Not Found",
    .fields = "Cache-Control: private, no-cache, no-store, max-age=0, must-revalidate\r\n"};
inline constexpr OwnResponse kMethodNotAllowed{
    .status = 405, .text = "Method Not Allowed", .fields = "Allow: GET, HEAD\r\n"};
inline constexpr OwnResponse kBusy{
    .status = 503,
    .text =
        "Service Unavailable: the server has no memory or file descriptors left for this "
        "request; try again later.\n",
    .fields = kRetryAfter};
/// RFC 9110 §15.5.20.
inline constexpr OwnResponse kMisdirected{
    .status = 421,
    .text = "Misdirected Request: this server does not serve the host of the request\n",
};
inline constexpr OwnResponse kGivesWay{
    .status = 503,
    .text = "Service Unavailable: more important requests come first; try again later.\n",
    .fields = kRetryAfter};
inline constexpr OwnResponse kForeignHost{
    .status = 403,
    .text =
        "Forbidden: the development server responds only to localhost, to IP addresses and to the "
        "name given with --hostname, so that no page of another site can reach it through a host "
        "name of its own.\nTo allow another name, add it to allowedDevOrigins in next.config: "
        "allowedDevOrigins: ['name.example', '*.name.example'].\n"};
inline constexpr OwnResponse kUndecided{
    .status = 400,
    .text =
        "Bad Request: it cannot be decided whether a rule of this site matches this request.\n"};

/// Returns the response to the client for a failed source. SourceFailure::stale_generation and
/// `outdated` are as `unavailable`; callers match the request again before they use it.
[[nodiscard]] OwnResponse response_to(SourceFailure failure);

/// Returns the text of a 413. Next.js truncates the body instead.
[[nodiscard]] std::string too_long_for_middleware(std::size_t limit);

}  // namespace millrace::gateway
