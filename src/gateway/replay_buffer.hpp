// ReplayBuffer keeps the part of a request's body that the middleware has received, for the route
// that follows it. It stores it in blocks, so that its cost is what it counts against the process's
// memory budget.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/memory_budget.hpp"

namespace millrace::gateway {

/// Belongs to the loop's thread.
class ReplayBuffer {
 public:
  explicit ReplayBuffer(std::shared_ptr<base::MemoryBudget> budget) : share_(std::move(budget)) {}

  /// Appends a copy. Returns false where the budget has no room; none of the bytes are kept then.
  [[nodiscard]] bool append(std::string_view bytes);

  /// Bytes kept, and the bytes that their blocks take.
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t cost() const { return share_.bytes(); }

  /// Bytes that have not been read.
  [[nodiscard]] std::size_t left() const { return size_ - read_; }
  /// Returns at most `most` of the next bytes, as many as one block holds contiguously; valid until
  /// append().
  [[nodiscard]] std::string_view next(std::size_t most) const;
  /// Advances the read position, within what next() returned.
  void advance(std::size_t bytes);
  /// Moves the read position back to the beginning.
  void rewind();

 private:
  base::MemoryBudget::Share share_;
  std::vector<std::string> blocks_;
  std::size_t size_ = 0;
  std::size_t read_ = 0;
  std::size_t block_ = 0;
  std::size_t offset_ = 0;
};

}  // namespace millrace::gateway
