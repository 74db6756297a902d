// ReplayBuffer keeps what a proxy file has seen of a request's body, for the route that follows it.
// It lies in blocks, so that it costs no more than it counts, and is counted in the process's budget.
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

  /// Keeps a copy; false where the budget has no room for it: nothing is kept of these bytes then.
  [[nodiscard]] bool append(std::string_view bytes);

  /// Bytes kept, and bytes that their blocks take.
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t cost() const { return share_.bytes(); }

  /// Bytes behind the reader.
  [[nodiscard]] std::size_t left() const { return size_ - read_; }
  /// At most `most` bytes from the reader on, as they lie in one block; valid until append().
  [[nodiscard]] std::string_view next(std::size_t most) const;
  /// Moves the reader on, within what next() has given.
  void advance(std::size_t bytes);
  /// The reader begins again.
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
