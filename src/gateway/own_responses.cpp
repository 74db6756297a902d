#include "gateway/own_responses.hpp"

namespace millrace::gateway {

OwnResponse response_to(SourceFailure failure) {
  switch (failure) {
    case SourceFailure::worker_died:
      return {.status = 502,
              .text = "Bad Gateway: the worker ended before the route had responded.\n"};
    case SourceFailure::handler_failed:
      return {.status = 502, .text = "Bad Gateway: the route failed before it had responded.\n"};
    case SourceFailure::bad_status:
      return {.status = 502,
              .text =
                  "Bad Gateway: the route responded with a status below 200, which is not a final "
                  "status.\n"};
    case SourceFailure::bad_upgrade:
      return {.status = 502,
              .text =
                  "Bad Gateway: the route switched to a protocol that the client has not "
                  "offered.\n"};
    case SourceFailure::paused:
      return {.status = 502,
              .text =
                  "Bad Gateway: this route is paused for a while, since its workers ended "
                  "repeatedly.\n",
              .fields = kRetryAfter};
    case SourceFailure::deadline:
      return {.status = 504,
              .text = "Gateway Timeout: the route took longer than its maxDuration.\n"};
    case SourceFailure::head_too_large:
      return {.status = 431,
              .text =
                  "Request Header Fields Too Large: with the fields that the middleware adds, they "
                  "exceed the limit of a worker.\n"};
    case SourceFailure::upstream:
      return kServerError;
    case SourceFailure::bad_gateway:
      return {.status = 502,
              .text = "Bad Gateway: the upstream cannot be reached, or its response is invalid.\n"};
    case SourceFailure::gateway_timeout:
      return {.status = 504, .text = "Gateway Timeout: the upstream did not respond in time.\n"};
    case SourceFailure::tunnel_closed:
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
  return "Content Too Large: the middleware accepts bodies of at most " + std::to_string(limit) +
         " bytes (experimental.proxyClientMaxBodySize).\n";
}

}  // namespace millrace::gateway
