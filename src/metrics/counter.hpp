// Counter is a number that only grows while the server runs.
#pragma once

#include <cstdint>

namespace millrace::metrics {

/// Belongs to the loop's thread.
class Counter {
 public:
  void add(std::uint64_t amount = 1) { value_ += amount; }
  [[nodiscard]] std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0;
};

}  // namespace millrace::metrics
