// The open streams of one worker, by number. Numbers grow by one, so a ring indexed by the number's
// low bits finds each in one step; it grows where an old stream outlives a whole round.
#pragma once

#include <cstdint>
#include <vector>

#include "base/assert.hpp"

namespace millrace::workers {

class Invocation;

class StreamTable {
 public:
  /// `stream` must not be in the table, nor 0.
  void insert(std::uint32_t stream, Invocation& invocation) {
    while (slots_[index_of(stream)].stream != 0) grow();
    slots_[index_of(stream)] = {.stream = stream, .invocation = &invocation};
    ++size_;
  }

  /// The invocation of an open stream, else null.
  [[nodiscard]] Invocation* find(std::uint32_t stream) const {
    const Slot& slot = slots_[index_of(stream)];
    return slot.stream == stream ? slot.invocation : nullptr;
  }

  void erase(std::uint32_t stream) {
    Slot& slot = slots_[index_of(stream)];
    MILLRACE_ASSERT(slot.stream == stream && stream != 0);
    slot = {};
    --size_;
  }

  [[nodiscard]] std::size_t size() const { return size_; }

  /// Empties the table into a list.
  [[nodiscard]] std::vector<Invocation*> take_all() {
    std::vector<Invocation*> all;
    all.reserve(size_);
    for (Slot& slot : slots_) {
      if (slot.stream != 0) all.push_back(slot.invocation);
      slot = {};
    }
    size_ = 0;
    return all;
  }

 private:
  struct Slot {
    std::uint32_t stream = 0;
    Invocation* invocation = nullptr;
  };

  [[nodiscard]] std::size_t index_of(std::uint32_t stream) const {
    return stream & (slots_.size() - 1);
  }

  void grow() {
    // Doubling keeps apart what differed in the low bits already.
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.stream != 0) slots_[index_of(slot.stream)] = slot;
    }
  }

  std::vector<Slot> slots_{64};
  std::size_t size_ = 0;
};

}  // namespace millrace::workers
