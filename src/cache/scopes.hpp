// Scopes keeps caches apart. A scope is a set of pools that see one another's data and answers, and
// revalidate one another's tags: the project's own pools are one, each sandboxed pool is another.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "cache/data_store.hpp"
#include "cache/response_store.hpp"
#include "cache/tag_marks.hpp"

namespace millrace::cache {

struct Scope {
  TagMarks marks;
  DataStore data{marks};
  ResponseStore responses{marks};
};

/// Belongs to one thread. Names come from the configuration, so there are few.
class Scopes {
 public:
  /// Makes it where there is none yet. Valid until restart().
  [[nodiscard]] Scope& of(std::string_view name);

  /// Empties all; each keeps `capacity` bytes of data, and as much of answers, from now on.
  void restart(std::size_t capacity);

 private:
  std::size_t capacity_ = kDefaultCapacity;
  /// The one without a name, which nearly every question is for.
  Scope own_;
  std::map<std::string, std::unique_ptr<Scope>, std::less<>> others_;
};

}  // namespace millrace::cache
