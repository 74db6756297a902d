#include "cache/lifetime.hpp"

namespace millrace::cache {

Freshness judge(const Lifetime& lifetime, std::span<const std::string> tags,
                Clock::time_point begun, Clock::time_point made, const TagMarks& marks,
                Clock::time_point now) {
  const auto age = std::chrono::duration_cast<std::chrono::milliseconds>(now - made);
  if (lifetime.expire && age > *lifetime.expire) return Freshness::none;
  if (marks.expired(tags, begun, now)) return Freshness::none;
  const bool old = lifetime.revalidate && age > *lifetime.revalidate;
  return old || marks.stale(tags, begun) ? Freshness::stale : Freshness::fresh;
}

}  // namespace millrace::cache
