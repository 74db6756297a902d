#include "gateway/own_responses.hpp"

namespace millrace::gateway {

OwnResponse response_to(SourceFailure failure) {
  switch (failure) {
    case SourceFailure::worker_died:
      return {
          .status = 502,
          .text = "Bad Gateway: the worker that ran this route ended before it had answered.\n"};
    case SourceFailure::handler_failed:
      return {.status = 502, .text = "Bad Gateway: the route gave up before it had answered.\n"};
    case SourceFailure::bad_status:
      return {.status = 502,
              .text =
                  "Bad Gateway: the route answered with a status below 200, which is no final "
                  "answer.\n"};
    case SourceFailure::paused:
      return {.status = 502,
              .text =
                  "Bad Gateway: this route has ended its workers again and again and pauses for "
                  "a while.\n",
              .fields = kRetryAfter};
    case SourceFailure::deadline:
      return {.status = 504,
              .text = "Gateway Timeout: the route took longer than its maxDuration.\n"};
    case SourceFailure::head_too_large:
      return {.status = 431,
              .text =
                  "Request Header Fields Too Large: with what the proxy file adds they are more "
                  "than a worker takes.\n"};
    case SourceFailure::upstream:
      return kServerError;
    case SourceFailure::unavailable:
    case SourceFailure::stale_generation:
    case SourceFailure::outdated:
      break;
  }
  return {.status = 503,
          .text = "Service Unavailable: no worker can take this request now.\n",
          .fields = kRetryAfter};
}

std::string too_long_for_middleware(std::size_t limit) {
  return "Content Too Large: a proxy file takes " + std::to_string(limit) +
         " bytes (experimental.proxyClientMaxBodySize).\n";
}

}  // namespace millrace::gateway
