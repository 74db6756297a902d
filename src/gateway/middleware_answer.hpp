// What the middleware's answer asks of the server: to go on, to go on elsewhere, or to be sent to
// the client. Next.js's functions say it by fields of the answer (NextResponse.next, rewrite).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "gateway/pending_fields.hpp"

namespace millrace::gateway {

struct MiddlewareAnswer {
  enum class Kind : std::uint8_t {
    /// The request goes on.
    next,
    /// The request goes on to `rewrite`.
    rewrite,
    /// A redirect: `location` is to be answered with the status, the body replaced.
    redirect,
    /// The answer is for the client.
    answer,
  };
  Kind kind = Kind::answer;
  /// A path of this site with its query, or an absolute URL.
  std::string rewrite;
  std::string location;
  /// The request's fields from now on.
  std::string request_fields;
  /// Those of them that the middleware has set, and not the client.
  std::string set_fields;
};

/// Reads an answer's status and fields, where `request_fields` are those of the request it was
/// given; what is for the client joins `pending`. All as Next.js does (resolve-routes).
[[nodiscard]] MiddlewareAnswer read_middleware_answer(std::uint16_t status, std::string_view fields,
                                                      std::string_view request_fields,
                                                      PendingFields& pending);

}  // namespace millrace::gateway
