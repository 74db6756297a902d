// Reads what the middleware's response instructs the server to do: continue with the request,
// continue at another URL, redirect, or send the response to the client. NextResponse.next() and
// rewrite() encode this in fields of the response.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "gateway/pending_fields.hpp"

namespace millrace::gateway {

struct MiddlewareResult {
  enum class Kind : std::uint8_t {
    /// The request continues.
    next,
    /// The request continues at `rewrite`.
    rewrite,
    /// The client is redirected to `location` with the response's status; the body is replaced.
    redirect,
    /// The response is sent to the client.
    respond,
  };
  Kind kind = Kind::respond;
  /// A path of this site with its query, or an absolute URL.
  std::string rewrite;
  std::string location;
  /// The request's fields from here on.
  std::string request_fields;
  /// Those of the fields that the middleware has set, as opposed to the client.
  std::string set_fields;
};

/// Reads a response's status and fields; `request_fields` are those of the request that the
/// middleware was given. Fields for the client are added to `pending`. All as in Next.js
/// (resolve-routes).
[[nodiscard]] MiddlewareResult read_middleware_result(std::uint16_t status, std::string_view fields,
                                                      std::string_view request_fields,
                                                      PendingFields& pending);

}  // namespace millrace::gateway
