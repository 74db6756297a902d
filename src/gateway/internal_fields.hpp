// The names of the fields that components of Next.js and of Millrace exchange internally. They are
// removed from a client's request as it is parsed, so that no client can impersonate the
// middleware.
#pragma once

#include <string_view>

namespace millrace::gateway {

/// The query as changed by rewrites, which the route sees; sent to workers only.
inline constexpr std::string_view kRewrittenQueryField = "x-millrace-query";

/// The status of the response unless the route sets another; sent to workers only, before all other
/// fields.
inline constexpr std::string_view kStatusField = "x-millrace-status";

/// The locale in which a page of the Pages Router responds; sent to workers only.
inline constexpr std::string_view kLocaleField = "x-millrace-locale";

/// Tells a worker to render the rest of a page whose shell has been sent; sent to workers only.
inline constexpr std::string_view kResumeField = "x-millrace-resume";

/// The origin of the server itself, "http://127.0.0.1:3000", from which the image optimiser fetches
/// images of the site; sent to workers only.
inline constexpr std::string_view kServerField = "x-millrace-server";

/// Marks the response of a worker that describes an error in development, whose body is then sent in
/// the form that the client accepts.
inline constexpr std::string_view kErrorField = "x-millrace-error";

/// Marks the response of a worker to a request without a route that no listener has taken.
inline constexpr std::string_view kUnroutedField = "x-millrace-unrouted";

/// Whether a request field of that name is removed: Next.js's list, and Millrace's own prefix.
[[nodiscard]] bool is_internal_field(std::string_view name);

/// Whether a field of the middleware's response is an instruction to the server, not for the
/// client.
[[nodiscard]] bool is_middleware_instruction(std::string_view name);

}  // namespace millrace::gateway
