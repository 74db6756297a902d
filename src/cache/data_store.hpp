// DataStore stores the values that handlers cache with unstable_cache, fetch and 'use cache', for
// all workers of a server: values by key, each with a lifetime and tags. Its memory is bounded; the
// least recently used entries are evicted first. Pure: the caller passes the time.
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
/// The longest value that is stored, in bytes, as in Next.js's fetch cache.
inline constexpr std::size_t kLongestValue = std::size_t{2} * 1024 * 1024;

/// The views are valid until the next call.
struct Found {
  Freshness freshness = Freshness::none;
  std::string_view value;
  std::chrono::milliseconds age{0};
  std::span<const std::string> tags;
};

/// Belongs to one thread.
class DataStore {
 public:
  /// `capacity`: the approximate bytes of keys, values and tags. `marks` outlives the store.
  explicit DataStore(TagMarks& marks, std::size_t capacity = kDefaultCapacity)
      : marks_(marks), capacity_(capacity) {}

  /// `tags` are those of the request, which apply in addition to the entry's own.
  [[nodiscard]] Found get(std::string_view key, std::span<const std::string> tags,
                          Clock::time_point now);

  /// Replaces the entry of `key`. A value longer than kLongestValue is not stored, and the existing
  /// entry stays, as in Next.js. `begun`: when the computation of the value began; revalidations of
  /// its tags after that apply to it.
  void set(std::string key, std::string value, Lifetime lifetime, std::vector<std::string> tags,
           Clock::time_point begun, Clock::time_point now);

  /// See TagMarks::revalidate.
  void revalidate(std::span<const std::string> tags, const std::optional<TagProfile>& profile,
                  Clock::time_point now);

  /// Removes all entries and sets the capacity in bytes.
  void restart(std::size_t capacity);

  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  struct Entry {
    std::string key;
    std::string value;
    std::vector<std::string> tags;
    Lifetime lifetime;
    /// The time from which lifetimes count.
    Clock::time_point made;
    /// Revalidations of tags after this time apply.
    Clock::time_point begun;
    std::size_t bytes = 0;
  };
  using Place = std::list<Entry>::iterator;

  void remove(Place place);

  TagMarks& marks_;
  std::size_t capacity_;
  std::size_t bytes_ = 0;
  /// Most recently used first.
  std::list<Entry> entries_;
  /// Keys point into entries_.
  std::unordered_map<std::string_view, Place> places_;
};

}  // namespace millrace::cache
