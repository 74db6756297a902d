// ConcurrencyTable counts requests in progress by key. A request holds a Permit for as long as it
// exists, so that however it ends, its place is free afterwards.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>

namespace millrace::gateway {

/// Belongs to one thread. Has an entry for each key with a request in progress and no other, so that
/// the limits on connections and streams bound it. Permits may outlive it.
class ConcurrencyTable {
  using Counts = std::unordered_map<std::uint64_t, std::uint64_t>;

 public:
  class Permit {
   public:
    Permit(std::shared_ptr<Counts> counts, std::uint64_t key)
        : counts_(std::move(counts)), key_(key) {
      ++(*counts_)[key_];
    }
    Permit(Permit&& other) noexcept = default;
    Permit& operator=(Permit&&) = delete;
    Permit(const Permit&) = delete;
    Permit& operator=(const Permit&) = delete;
    ~Permit() {
      if (!counts_) return;
      const auto known = counts_->find(key_);
      if (--known->second == 0) counts_->erase(known);
    }

   private:
    std::shared_ptr<Counts> counts_;
    std::uint64_t key_;
  };

  /// Whether one more request with this key is within `limit`. `key`: a seeded hash.
  [[nodiscard]] bool has_room(std::uint64_t key, std::uint64_t limit) const {
    const auto known = counts_->find(key);
    return (known == counts_->end() ? 0 : known->second) < limit;
  }

  [[nodiscard]] Permit take(std::uint64_t key) { return {counts_, key}; }

  /// The number of keys with requests in progress.
  [[nodiscard]] std::size_t size() const { return counts_->size(); }

 private:
  std::shared_ptr<Counts> counts_ = std::make_shared<Counts>();
};

}  // namespace millrace::gateway
