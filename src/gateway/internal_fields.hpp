// The names of fields by which Next.js's parts, and Millrace's, speak to each other. From outside
// they mean nothing: they are dropped as a request is parsed, so that no client can pass for the
// middleware.
#pragma once

#include <string_view>

namespace millrace::gateway {

/// The query that a route sees where rewrites have changed it; to workers only.
inline constexpr std::string_view kRewrittenQueryField = "x-millrace-query";

/// Whether a request's field of that name is dropped; Next.js's list and our own prefix.
[[nodiscard]] bool is_internal_field(std::string_view name);

/// Whether a field of the middleware's answer is for the server and not for the client.
[[nodiscard]] bool is_middleware_instruction(std::string_view name);

}  // namespace millrace::gateway
