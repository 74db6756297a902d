// MemoryBudget counts the bytes that a process holds for its clients (buffered bodies, unsent
// responses) against one limit for all of them. Each holder counts its bytes in a Share, which
// returns them when it is destroyed.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

namespace millrace::base {

/// Belongs to one thread. Shares keep it alive.
class MemoryBudget {
 public:
  explicit MemoryBudget(std::size_t limit) : limit_(limit) {}

  /// Sets the limit in bytes. Bytes already counted stay counted.
  void set_limit(std::size_t limit) { limit_ = limit; }
  [[nodiscard]] std::size_t limit() const { return limit_; }
  [[nodiscard]] std::size_t used() const { return used_; }
  /// The maximum of used() since restart_most().
  [[nodiscard]] std::size_t most() const { return most_; }
  void restart_most() { most_ = used_; }

  /// Whether more than three quarters are used: stalled holders should be cut.
  [[nodiscard]] bool is_short() const { return used_ > limit_ - limit_ / 4; }
  /// Whether more than a quarter is used.
  [[nodiscard]] bool is_quarter_used() const { return used_ > limit_ / 4; }
  /// Whether more than half is used.
  [[nodiscard]] bool is_half_used() const { return used_ > limit_ / 2; }

  /// The bytes of one holder. A share without a budget counts nothing and never refuses.
  class Share {
   public:
    Share() = default;
    explicit Share(std::shared_ptr<MemoryBudget> budget) : budget_(std::move(budget)) {}
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;
    Share(Share&& other) noexcept
        : budget_(std::move(other.budget_)), bytes_(std::exchange(other.bytes_, 0)) {}
    Share& operator=(Share&& other) noexcept {
      set(0);
      budget_ = std::move(other.budget_);
      bytes_ = std::exchange(other.bytes_, 0);
      return *this;
    }
    ~Share() { set(0); }

    [[nodiscard]] std::size_t bytes() const { return bytes_; }

    /// Sets the counted bytes, whether there is room or not.
    void set(std::size_t bytes) {
      if (!budget_) return;
      budget_->used_ = budget_->used_ - bytes_ + bytes;
      if (budget_->used_ > budget_->most_) budget_->most_ = budget_->used_;
      bytes_ = bytes;
    }

    /// As set(); returns false and changes nothing where there is no room for more.
    [[nodiscard]] bool try_set(std::size_t bytes) {
      if (budget_ && bytes > bytes_ && budget_->used_ - bytes_ + bytes > budget_->limit_) {
        return false;
      }
      set(bytes);
      return true;
    }

   private:
    std::shared_ptr<MemoryBudget> budget_;
    std::size_t bytes_ = 0;
  };

 private:
  std::size_t limit_;
  std::size_t used_ = 0;
  std::size_t most_ = 0;
};

}  // namespace millrace::base
