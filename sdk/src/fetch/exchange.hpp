// One request and its response on one connection.
#pragma once

#include <optional>
#include <string>

#include "fetch/connection.hpp"

namespace millrace::client {

struct RawResponse {
  int status = 0;
  FetchResponse::Headers headers;
  std::string body;
  /// How long the connection can be kept for another request; 0: it must be closed.
  std::chrono::seconds keep{0};
};

/// Sends the request and reads its response into `response`. Returns none on success. The
/// connection's timeout must be set; all references must outlive the task.
[[nodiscard]] Task<std::optional<Failure>> exchange(Connection& connection, const TargetUrl& url,
                                                    const FetchOptions& options,
                                                    RawResponse& response);

/// Why the request cannot be sent; none where it can.
[[nodiscard]] std::optional<Failure> check(const FetchOptions& options);

}  // namespace millrace::client
