// ResponseStore stores the responses of static GETs by route and parameters. Its memory is bounded;
// the least recently used are evicted first. Pure: the caller passes the time.
#pragma once

#include <cstddef>
#include <list>
#include <map>
#include <string>
#include <string_view>

#include "cache/cached_response.hpp"
#include "cache/lifetime.hpp"
#include "cache/tag_marks.hpp"

namespace millrace::cache {

struct FoundResponse {
  Freshness freshness = Freshness::none;
  /// Null where there is none.
  SharedResponse response;
};

/// Belongs to one thread. `marks` outlives the store.
class ResponseStore {
 public:
  explicit ResponseStore(const TagMarks& marks) : marks_(marks) {}

  [[nodiscard]] FoundResponse get(std::string_view key, Clock::time_point now);

  /// Replaces the response of `key`. One that exceeds the capacity is not stored.
  void set(std::string key, SharedResponse response);

  /// Removes the responses whose keys begin with `beginning`.
  void remove_beginning_with(std::string_view beginning);

  /// Called after a renewal has failed: the stored response counts as fresh for a while (as in
  /// Next.js: its `revalidate`, but at least 3 seconds and at most 30).
  void put_off(std::string_view key, Clock::time_point now);

  /// Judges `response`, whether it is stored or not.
  [[nodiscard]] Freshness judge(const CachedResponse& response, Clock::time_point now) const;

  /// Removes all responses and sets the capacity in bytes.
  void restart(std::size_t capacity);

  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  struct Entry {
    std::string key;
    SharedResponse response;
    std::size_t bytes = 0;
  };
  using Place = std::list<Entry>::iterator;

  void remove(Place place);

  const TagMarks& marks_;
  std::size_t capacity_ = 0;
  std::size_t bytes_ = 0;
  /// Most recently used first.
  std::list<Entry> entries_;
  /// Keys point into entries_.
  std::map<std::string_view, Place> places_;
};

}  // namespace millrace::cache
