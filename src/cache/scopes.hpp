// Scopes separates caches. A scope is a set of pools that share data and responses and revalidate
// each other's tags: all pools of the project form one, each sandboxed pool is another.
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
  /// Returns the scope, making it where it does not exist. Valid until restart().
  [[nodiscard]] Scope& of(std::string_view name);

  /// Empties all scopes; each has `capacity` bytes for data, and as many for responses, from now
  /// on.
  void restart(std::size_t capacity);

  /// Returns the bytes of a scope's data, or of its responses, for all scopes together.
  [[nodiscard]] std::size_t data_bytes() const;
  [[nodiscard]] std::size_t response_bytes() const;
  /// Returns what each scope has at most of either.
  [[nodiscard]] std::size_t capacity() const { return capacity_; }

 private:
  std::size_t capacity_ = kDefaultCapacity;
  /// The scope without a name, which most requests are for.
  Scope own_;
  std::map<std::string, std::unique_ptr<Scope>, std::less<>> others_;
};

}  // namespace millrace::cache
