// TagMarks remembers which tags were revalidated and when, so that whatever is kept under a tag can
// be judged when it is asked for instead of being searched for when the tag is revalidated. The
// rules are those of Next.js's tags: a mark counts for entries made before it.
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

/// The server's one clock: workers' clocks are never compared with it.
using Clock = std::chrono::steady_clock;

/// What revalidateTag's second argument says.
struct TagProfile {
  /// How long what became stale may still be served; nothing: for ever.
  std::optional<std::chrono::milliseconds> expire;
};

/// Bounded: past 100,000 tags all are forgotten, and whatever is older counts as expired. Belongs to
/// one thread.
class TagMarks {
 public:
  /// Without a profile what has one of the tags is expired from now on, with one it is stale.
  void revalidate(std::span<const std::string> tags, const std::optional<TagProfile>& profile,
                  Clock::time_point now);

  /// Whether an entry made at `made` must not be served any more.
  [[nodiscard]] bool expired(std::span<const std::string> tags, Clock::time_point made,
                             Clock::time_point now) const;

  /// Whether an entry made at `made` is to be renewed.
  [[nodiscard]] bool stale(std::span<const std::string> tags, Clock::time_point made) const;

  [[nodiscard]] std::size_t size() const { return marks_.size(); }
  void clear();

 private:
  struct Mark {
    std::optional<Clock::time_point> stale;
    std::optional<Clock::time_point> expired;
  };

  std::map<std::string, Mark, std::less<>> marks_;
  /// Marks were forgotten then: what is older may have been revalidated.
  std::optional<Clock::time_point> forgotten_;
};

}  // namespace millrace::cache
