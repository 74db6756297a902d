// The lifetime of a cache entry, and the one function that decides whether the entry is fresh: by
// its age and by the revalidations of its tags.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "cache/tag_marks.hpp"

namespace millrace::cache {

struct Lifetime {
  /// An entry older than this is stale: it is served while it is renewed. Nothing: never.
  std::optional<std::chrono::milliseconds> revalidate;
  /// An entry older than this is not served. Nothing: never.
  std::optional<std::chrono::milliseconds> expire;
};

enum class Freshness : std::uint8_t { none, fresh, stale };

/// Judges an entry that was made at `made`, whose computation began at `begun`.
[[nodiscard]] Freshness judge(const Lifetime& lifetime, std::span<const std::string> tags,
                              Clock::time_point begun, Clock::time_point made,
                              const TagMarks& marks, Clock::time_point now);

}  // namespace millrace::cache
