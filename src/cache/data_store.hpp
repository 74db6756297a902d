// DataStore keeps what handlers cache with unstable_cache, fetch and 'use cache', for all workers of
// a server: values under keys, each with a lifetime and tags. It is bounded in memory; what was not
// asked for longest goes first. Pure: the caller says what time it is.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "cache/lifetime.hpp"
#include "cache/tag_marks.hpp"

namespace millrace::cache {

/// Next.js's default of `cacheMaxMemorySize`, in bytes.
inline constexpr std::size_t kDefaultCapacity = std::size_t{50} * 1024 * 1024;
/// The longest value that is kept, in bytes, as Next.js's fetch cache.
inline constexpr std::size_t kLongestValue = std::size_t{2} * 1024 * 1024;

/// Views are valid until the next call.
struct Found {
  Freshness freshness = Freshness::none;
  std::string_view value;
  std::chrono::milliseconds age{0};
  std::span<const std::string> tags;
};

/// Belongs to one thread.
class DataStore {
 public:
  /// `capacity`: bytes of keys, values and tags, about. Outlived by `marks`.
  explicit DataStore(TagMarks& marks, std::size_t capacity = kDefaultCapacity)
      : marks_(marks), capacity_(capacity) {}

  /// `tags` are those of the request, which count beside the entry's own.
  [[nodiscard]] Found get(std::string_view key, std::span<const std::string> tags,
                          Clock::time_point now);

  /// Replaces what was under `key`. A value longer than kLongestValue is not kept; what was there
  /// stays then, as under Next.js. `begun`: when its making began; a tag that was revalidated since
  /// then counts for it.
  void set(std::string key, std::string value, Lifetime lifetime, std::vector<std::string> tags,
           Clock::time_point begun, Clock::time_point now);

  /// See TagMarks::revalidate.
  void revalidate(std::span<const std::string> tags, const std::optional<TagProfile>& profile,
                  Clock::time_point now);

  /// Empties it; keeps `capacity` bytes from now on.
  void restart(std::size_t capacity);

  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  struct Entry {
    std::string key;
    std::string value;
    std::vector<std::string> tags;
    Lifetime lifetime;
    /// Lifetimes count from then on.
    Clock::time_point made;
    /// Tags revalidated after that count.
    Clock::time_point begun;
    std::size_t bytes = 0;
  };
  using Place = std::list<Entry>::iterator;

  void remove(Place place);

  TagMarks& marks_;
  std::size_t capacity_;
  std::size_t bytes_ = 0;
  /// The one asked for last at the front.
  std::list<Entry> entries_;
  /// Keys point into entries_.
  std::unordered_map<std::string_view, Place> places_;
};

}  // namespace millrace::cache
