// TagMarks records which tags were revalidated and when. An entry is judged by its tags when it is
// requested, instead of being searched for when a tag is revalidated. The rules are those of
// Next.js: a mark applies to entries made before it.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace millrace::cache {

/// The server's clock; times of workers' clocks are never compared with it.
using Clock = std::chrono::steady_clock;

/// The second argument of revalidateTag.
struct TagProfile {
  /// How long an entry that became stale may still be served; nothing: without a limit.
  std::optional<std::chrono::milliseconds> expire;
};

/// Bounded: beyond 100,000 tags all marks are dropped, and every older entry counts as expired.
/// Belongs to one thread.
class TagMarks {
 public:
  /// Marks the tags. Without a profile, entries with one of them are expired from now on; with one,
  /// they are stale.
  void revalidate(std::span<const std::string> tags, const std::optional<TagProfile>& profile,
                  Clock::time_point now);

  /// Returns whether an entry made at `made` must not be served any more.
  [[nodiscard]] bool expired(std::span<const std::string> tags, Clock::time_point made,
                             Clock::time_point now) const;

  /// Returns whether an entry made at `made` must be renewed.
  [[nodiscard]] bool stale(std::span<const std::string> tags, Clock::time_point made) const;

  [[nodiscard]] std::size_t size() const { return marks_.size(); }
  void clear();

 private:
  struct Mark {
    std::optional<Clock::time_point> stale;
    std::optional<Clock::time_point> expired;
  };

  std::map<std::string, Mark, std::less<>> marks_;
  /// The time when marks were dropped: older entries may have been revalidated.
  std::optional<Clock::time_point> forgotten_;
};

}  // namespace millrace::cache
