// UnsentBytes is the queue of bytes that a stream could not send yet. New bytes are appended at the
// back, and those that the kernel has taken are removed from the front. It counts against a memory
// budget.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "base/memory_budget.hpp"

namespace millrace::net {

/// Belongs to its stream's thread. It has no bound of its own: the writer must observe size().
class UnsentBytes {
 public:
  /// `keep`: the capacity in bytes that clear() retains.
  UnsentBytes(base::MemoryBudget::Share share, std::size_t keep)
      : share_(std::move(share)), keep_(keep) {}

  [[nodiscard]] std::size_t size() const { return bytes_.size() - sent_; }
  [[nodiscard]] bool empty() const { return size() == 0; }
  /// Valid until the next change.
  [[nodiscard]] std::string_view view() const { return std::string_view(bytes_).substr(sent_); }

  void append(std::string_view bytes) {
    if (sent_ > kSentInFront && sent_ > bytes_.size() / 2) bytes_.erase(0, std::exchange(sent_, 0));
    bytes_.append(bytes);
    share_.set(bytes_.capacity());
  }

  /// Removes the first `count` bytes, at most size(), which have been sent.
  void advance(std::size_t count) { sent_ += count; }

  void clear() {
    sent_ = 0;
    if (bytes_.capacity() > keep_) {
      bytes_ = std::string();
    } else {
      bytes_.clear();
    }
    share_.set(0);
  }

 private:
  /// Sent bytes at the front that are not worth moving the unsent ones for.
  static constexpr std::size_t kSentInFront = 64 * 1024;

  std::string bytes_;
  std::size_t sent_ = 0;
  base::MemoryBudget::Share share_;
  std::size_t keep_;
};

}  // namespace millrace::net
