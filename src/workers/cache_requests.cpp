#include "workers/cache_requests.hpp"

#include <utility>

namespace millrace::workers {

bool CacheRequests::on_frame(const link::Frame& frame, std::uint32_t generation) {
  if (frame.stream != 0 || partial_.size() + frame.payload.size() > kLongest) return false;
  partial_ += frame.payload;
  if (!frame.end()) return true;
  const std::string payload = std::exchange(partial_, {});
  return services_.ask_cache({.generation = generation, .scope = scope_, .payload = payload},
                             [this, alive = alive_](std::string_view reply) {
                               if (*alive) send(reply);
                             });
}

void CacheRequests::send(std::string_view reply) {
  if (channel_.closed()) return;
  for (std::size_t at = 0; at < reply.size(); at += protocol::kMaxPayload) {
    const std::string_view part = reply.substr(at, protocol::kMaxPayload);
    channel_.send(link::Kind::cached, 0, part, at + part.size() == reply.size());
  }
}

}  // namespace millrace::workers
