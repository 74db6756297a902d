// The open streams of one worker, by number. Numbers only grow, so most streams find a slot of
// their own in a ring of fixed size; one that outlives a whole round of it moves to a map. The
// table is sized by what is open, however far apart the numbers are.
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
  /// `stream` must be none that is in the table, nor 0.
  void insert(std::uint64_t stream, Invocation& invocation) {
    Slot& slot = slot_of(stream);
    if (slot.invocation != nullptr) elders_.insert_or_assign(slot.stream, slot.invocation);
    slot = {.stream = stream, .invocation = &invocation};
    ++size_;
  }

  /// The invocation of an open stream, else null.
  [[nodiscard]] Invocation* find(std::uint64_t stream) const {
    const Slot& slot = slot_of(stream);
    if (slot.stream == stream && slot.invocation != nullptr) return slot.invocation;
    if (elders_.empty()) return nullptr;
    const auto elder = elders_.find(stream);
    return elder == elders_.end() ? nullptr : elder->second;
  }

  /// False where the stream is not in the table.
  bool erase(std::uint64_t stream) {
    Slot& slot = slot_of(stream);
    if (slot.stream == stream && slot.invocation != nullptr) {
      slot = {};
    } else if (elders_.erase(stream) == 0) {
      return false;
    } else {
      give_back();
    }
    --size_;
    return true;
  }

  [[nodiscard]] std::size_t size() const { return size_; }

  /// The numbers of the open streams, in no order.
  [[nodiscard]] std::vector<std::uint64_t> streams() const {
    std::vector<std::uint64_t> all;
    all.reserve(size_);
    for (const Slot& slot : *ring_) {
      if (slot.invocation != nullptr) all.push_back(slot.stream);
    }
    for (const auto& [stream, invocation] : elders_) all.push_back(stream);
    return all;
  }

  /// Places for streams that the table has memory for now.
  [[nodiscard]] std::size_t capacity() const { return kSlots + elders_.bucket_count(); }

 private:
  struct Slot {
    std::uint64_t stream = 0;
    Invocation* invocation = nullptr;
  };

  /// A power of two; about what a worker has open at a time.
  static constexpr std::size_t kSlots = 1024;
  /// A map with fewer buckets is not worth making smaller.
  static constexpr std::size_t kFewBuckets = 256;

  [[nodiscard]] Slot& slot_of(std::uint64_t stream) { return (*ring_)[stream % kSlots]; }
  [[nodiscard]] const Slot& slot_of(std::uint64_t stream) const {
    return (*ring_)[stream % kSlots];
  }

  /// A map keeps its buckets when what was in them goes.
  void give_back() {
    if (elders_.bucket_count() > kFewBuckets && elders_.size() * 8 < elders_.bucket_count()) {
      elders_.rehash(0);
    }
  }

  std::unique_ptr<std::array<Slot, kSlots>> ring_ = std::make_unique<std::array<Slot, kSlots>>();
  std::unordered_map<std::uint64_t, Invocation*> elders_;
  std::size_t size_ = 0;
};

}  // namespace millrace::workers
