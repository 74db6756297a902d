#include "workers/cache_questions.hpp"

#include <utility>

namespace millrace::workers {

bool CacheQuestions::on_frame(const link::Frame& frame, std::uint32_t generation) {
  if (frame.stream != 0 || partial_.size() + frame.payload.size() > kLongest) return false;
  partial_ += frame.payload;
  if (!frame.end()) return true;
  const std::string request = std::exchange(partial_, {});
  return services_.ask_cache({.generation = generation, .scope = scope_, .request = request},
                             [this, alive = alive_](std::string_view response) {
                               if (*alive) send(response);
                             });
}

void CacheQuestions::send(std::string_view response) {
  if (channel_.closed()) return;
  for (std::size_t at = 0; at < response.size(); at += protocol::kMaxPayload) {
    const std::string_view part = response.substr(at, protocol::kMaxPayload);
    channel_.send(link::Kind::cached, 0, part, at + part.size() == response.size());
  }
}

}  // namespace millrace::workers
