// Sends a control message to a running server and waits for the response. Used by commands and by a
// successor. Blocks.
#pragma once

#include <chrono>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "control/control_client.hpp"
#include "serving/control_messages.hpp"

namespace millrace::serving {

template <typename Response>
struct Received {
  Response response;
  /// The descriptors that came with the response.
  std::vector<base::UniqueFd> descriptors;
};

/// Errors: those of control::ask(), the server's refusal, and `broken` for a response that cannot
/// be decoded; the message names the server.
template <typename Request>
[[nodiscard]] base::Result<Received<typename Request::Response>> call(
    const control::RunningServer& server, const Request& request, std::chrono::seconds timeout) {
  auto line = control::ask(server.socket, encode_request(request), timeout);
  if (!line) return line.error();
  auto response = decode_response<typename Request::Response>(line->text);
  if (!response) {
    return base::Error(
        response.error().code(),
        "the server on port " + std::to_string(server.port) + ": " + response.error().message());
  }
  return Received<typename Request::Response>{std::move(response).value(),
                                              std::move(line->descriptors)};
}

}  // namespace millrace::serving
