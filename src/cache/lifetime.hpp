// How long something in the cache may be used, and the one judgement of it: by its age and by the
// tags that were revalidated since.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "cache/tag_marks.hpp"

namespace millrace::cache {

struct Lifetime {
  /// What is older is stale: served while it is renewed. Nothing: never.
  std::optional<std::chrono::milliseconds> revalidate;
  /// What is older is not served. Nothing: never.
  std::optional<std::chrono::milliseconds> expire;
};

enum class Freshness : std::uint8_t { none, fresh, stale };

/// Of something made at `made`, the making of which began at `begun`.
[[nodiscard]] Freshness judge(const Lifetime& lifetime, std::span<const std::string> tags,
                              Clock::time_point begun, Clock::time_point made,
                              const TagMarks& marks, Clock::time_point now);

}  // namespace millrace::cache
