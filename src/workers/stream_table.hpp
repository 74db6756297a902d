// The open streams of one worker, by number. Numbers only grow, so most streams have a slot of
// their own in a ring of fixed size; a stream that is still open when the ring comes round moves to
// a map. The memory depends on how many streams are open, not on how far apart their numbers are.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

namespace millrace::workers {

class Invocation;

/// Belongs to one thread.
class StreamTable {
 public:
  /// `stream` must not be in the table, and not be 0.
  void insert(std::uint64_t stream, Invocation& invocation) {
    Slot& slot = slot_of(stream);
    if (slot.invocation != nullptr) overflow_.insert_or_assign(slot.stream, slot.invocation);
    slot = {.stream = stream, .invocation = &invocation};
    ++size_;
  }

  /// Returns the invocation of an open stream, or null.
  [[nodiscard]] Invocation* find(std::uint64_t stream) const {
    const Slot& slot = slot_of(stream);
    if (slot.stream == stream && slot.invocation != nullptr) return slot.invocation;
    if (overflow_.empty()) return nullptr;
    const auto found = overflow_.find(stream);
    return found == overflow_.end() ? nullptr : found->second;
  }

  /// Returns false if the stream is not in the table.
  bool erase(std::uint64_t stream) {
    Slot& slot = slot_of(stream);
    if (slot.stream == stream && slot.invocation != nullptr) {
      slot = {};
    } else if (overflow_.erase(stream) == 0) {
      return false;
    } else {
      shrink();
    }
    --size_;
    return true;
  }

  [[nodiscard]] std::size_t size() const { return size_; }

  /// Returns the numbers of the open streams, in no particular order.
  [[nodiscard]] std::vector<std::uint64_t> streams() const {
    std::vector<std::uint64_t> all;
    all.reserve(size_);
    for (const Slot& slot : *ring_) {
      if (slot.invocation != nullptr) all.push_back(slot.stream);
    }
    for (const auto& [stream, invocation] : overflow_) all.push_back(stream);
    return all;
  }

  /// Returns for how many streams the table currently has memory.
  [[nodiscard]] std::size_t capacity() const { return kSlots + overflow_.bucket_count(); }

 private:
  struct Slot {
    std::uint64_t stream = 0;
    Invocation* invocation = nullptr;
  };

  /// A power of two, close to the usual number of open streams of a worker.
  static constexpr std::size_t kSlots = 1024;
  /// A map with at most this many buckets is not shrunk.
  static constexpr std::size_t kFewBuckets = 256;

  [[nodiscard]] Slot& slot_of(std::uint64_t stream) { return (*ring_)[stream % kSlots]; }
  [[nodiscard]] const Slot& slot_of(std::uint64_t stream) const {
    return (*ring_)[stream % kSlots];
  }

  /// Frees unused buckets, because a map keeps its buckets when elements are erased.
  void shrink() {
    if (overflow_.bucket_count() > kFewBuckets && overflow_.size() * 8 < overflow_.bucket_count()) {
      overflow_.rehash(0);
    }
  }

  std::unique_ptr<std::array<Slot, kSlots>> ring_ = std::make_unique<std::array<Slot, kSlots>>();
  std::unordered_map<std::uint64_t, Invocation*> overflow_;
  std::size_t size_ = 0;
};

}  // namespace millrace::workers
