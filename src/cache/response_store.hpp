// ResponseStore keeps the answers of static GETs, by route and parameters. It is bounded in memory;
// what was not asked for longest goes first. Pure: the caller says what time it is.
#pragma once

#include <cstddef>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

#include "cache/kept_response.hpp"
#include "cache/lifetime.hpp"
#include "cache/tag_marks.hpp"

namespace millrace::cache {

struct FoundResponse {
  Freshness freshness = Freshness::none;
  /// Null for none.
  SharedResponse response;
};

/// Belongs to one thread. Outlived by `marks`.
class ResponseStore {
 public:
  explicit ResponseStore(const TagMarks& marks) : marks_(marks) {}

  [[nodiscard]] FoundResponse get(std::string_view key, Clock::time_point now);

  /// Replaces what was under `key`. One that would fill all of the store is not kept.
  void set(std::string key, SharedResponse response);

  /// A renewal has failed: what is there is served for a while as if it were fresh (Next.js: its
  /// `revalidate`, but at least 3 seconds and at most 30).
  void put_off(std::string_view key, Clock::time_point now);

  /// How `response` stands, whether it is in the store or not.
  [[nodiscard]] Freshness judge(const KeptResponse& response, Clock::time_point now) const;

  /// Empties it; keeps `capacity` bytes from now on.
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
  /// The one asked for last at the front.
  std::list<Entry> entries_;
  /// Keys point into entries_.
  std::unordered_map<std::string_view, Place> places_;
};

}  // namespace millrace::cache
