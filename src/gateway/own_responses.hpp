// The responses that the server makes itself where nobody else has one: a request that it refuses, a
// source that fails.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "gateway/response_source.hpp"

namespace millrace::gateway {

/// A short text.
struct OwnResponse {
  std::uint16_t status = 500;
  std::string_view text;
  /// Besides Content-Type.
  std::string_view fields = {};
};

inline constexpr std::string_view kRetryAfter = "Retry-After: 1\r\n";

inline constexpr OwnResponse kBadRequest{.status = 400, .text = "Bad Request"};
inline constexpr OwnResponse kServerError{.status = 500, .text = "Internal Server Error"};
inline constexpr OwnResponse kNotFound{.status = 404, .text = "This page could not be found.\n"};
/// As Next.js says it of files of the build, which are no pages.
inline constexpr OwnResponse kNoBuildFile{
    .status = 404,
    .text = "Not Found",
    .fields = "Cache-Control: private, no-cache, no-store, max-age=0, must-revalidate\r\n"};
inline constexpr OwnResponse kMethodNotAllowed{
    .status = 405, .text = "Method Not Allowed", .fields = "Allow: GET, HEAD\r\n"};
inline constexpr OwnResponse kBusy{
    .status = 503,
    .text = "Service Unavailable: the server has too much at hand for this request now.\n",
    .fields = kRetryAfter};
inline constexpr OwnResponse kForeignHost{
    .status = 403,
    .text =
        "Forbidden: in development this server answers only under localhost, an IP address, and "
        "the name given with --hostname, so that no page of another site can reach it by a name "
        "that leads here.\nTo use another name, add it to allowedDevOrigins in next.config: "
        "allowedDevOrigins: ['name.example', '*.name.example'].\n"};
inline constexpr OwnResponse kUndecided{
    .status = 400,
    .text = "Bad Request: whether a rule of this site takes this request cannot be told.\n"};

/// What a client is told where the source has no response. Not for SourceFailure::stale_generation and
/// `outdated`, where others may have one; there it is the same as for `unavailable`.
[[nodiscard]] OwnResponse response_to(SourceFailure failure);

/// The text of a 413. Next.js cuts the body there.
[[nodiscard]] std::string too_long_for_middleware(std::size_t limit);

}  // namespace millrace::gateway
