// Deadlines holds the invocations whose routes may run only for so long, the next to end first.
// Routes without `maxDuration` never come here and pay nothing.
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

  /// The invocation must be removed before it goes away.
  Place add(net::Clock::time_point when, Invocation& invocation) {
    return waiting_.emplace(when, &invocation);
  }

  void remove(Place place) { waiting_.erase(place); }

  /// The one that is due the longest; null where none is due.
  [[nodiscard]] Invocation* due(net::Clock::time_point now) const {
    return waiting_.empty() || waiting_.begin()->first > now ? nullptr : waiting_.begin()->second;
  }

  /// When the next is due.
  [[nodiscard]] std::optional<net::Clock::time_point> next() const {
    if (waiting_.empty()) return std::nullopt;
    return waiting_.begin()->first;
  }

 private:
  std::multimap<net::Clock::time_point, Invocation*> waiting_;
};

}  // namespace millrace::workers
