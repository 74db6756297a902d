// Deadlines holds the invocations of routes with a `maxDuration`, ordered by when they expire.
// Other routes are never added and cost nothing.
#pragma once

#include <map>
#include <optional>

#include "net/timer.hpp"

namespace millrace::workers {

class Invocation;

/// Belongs to the loop's thread.
class Deadlines {
 public:
  using Place = std::multimap<net::Clock::time_point, Invocation*>::iterator;

  /// The invocation must be removed before it is destroyed.
  Place add(net::Clock::time_point when, Invocation& invocation) {
    return waiting_.emplace(when, &invocation);
  }

  void remove(Place place) { waiting_.erase(place); }

  /// Returns the invocation whose deadline passed first, or null if none has passed.
  [[nodiscard]] Invocation* due(net::Clock::time_point now) const {
    return waiting_.empty() || waiting_.begin()->first > now ? nullptr : waiting_.begin()->second;
  }

  /// Returns the next deadline.
  [[nodiscard]] std::optional<net::Clock::time_point> next() const {
    if (waiting_.empty()) return std::nullopt;
    return waiting_.begin()->first;
  }

 private:
  std::multimap<net::Clock::time_point, Invocation*> waiting_;
};

}  // namespace millrace::workers
