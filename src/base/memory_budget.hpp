// MemoryBudget counts the bytes that a process holds on behalf of its clients (bodies kept, responses
// not yet taken) against one bound for all of them together. Who holds some has a Share, which gives
// back what it counted when it goes away.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

namespace millrace::base {

/// Belongs to one thread. Shares keep it alive.
class MemoryBudget {
 public:
  explicit MemoryBudget(std::size_t limit) : limit_(limit) {}

  /// Bytes; what is counted already stays.
  void set_limit(std::size_t limit) { limit_ = limit; }
  [[nodiscard]] std::size_t limit() const { return limit_; }
  [[nodiscard]] std::size_t used() const { return used_; }
  /// The most that was used since restart_most().
  [[nodiscard]] std::size_t most() const { return most_; }
  void restart_most() { most_ = used_; }

  /// Whether three quarters are used: holders that stand still are to be given up.
  [[nodiscard]] bool is_short() const { return used_ > limit_ - limit_ / 4; }
  /// Whether more than half is used.
  [[nodiscard]] bool is_half_used() const { return used_ > limit_ / 2; }

  /// What one holder has counted. One without a budget counts nothing and is never refused.
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

    /// Counts `bytes` from now on, whether there is room or not.
    void set(std::size_t bytes) {
      if (!budget_) return;
      budget_->used_ = budget_->used_ - bytes_ + bytes;
      if (budget_->used_ > budget_->most_) budget_->most_ = budget_->used_;
      bytes_ = bytes;
    }

    /// The same; false where there is no room for more: nothing changes then.
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
