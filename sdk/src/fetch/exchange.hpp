// One request and its answer on one connection.
#pragma once

#include <optional>
#include <string>

#include "fetch/connection.hpp"

namespace millrace::client {

struct Answer {
  int status = 0;
  FetchResponse::Headers headers;
  std::string body;
  /// How long the connection may be kept for another request; 0: it must be closed.
  std::chrono::seconds keep{0};
};

/// Sends the request and reads its answer. None where `answer` is there. The connection's timeout
/// must be set; all references must outlive the task.
[[nodiscard]] Task<std::optional<Failure>> exchange(Connection& connection, const TargetUrl& url,
                                                    const FetchOptions& options, Answer& answer);

/// What of the options cannot be sent; none where they can.
[[nodiscard]] std::optional<Failure> check(const FetchOptions& options);

}  // namespace millrace::client
