#include "gateway/compression_queue.hpp"

#include <algorithm>

namespace millrace::gateway {

bool CompressionQueue::take(std::size_t bytes) {
  if (spent_ + bytes > kTurn) return false;
  spent_ += bytes;
  // The end of the turn resets what was spent.
  loop_.at_turn_end(*this);
  return true;
}

void CompressionQueue::add(Body& body) {
  bodies_.push_back(&body);
  loop_.at_turn_end(*this);
}

void CompressionQueue::remove(Body& body) { std::erase(bodies_, &body); }

void CompressionQueue::run_at_turn_end() {
  // At least one piece each turn, even where bodies outside the queue spent the budget: no body
  // starves.
  std::size_t left = std::max(kTurn - spent_, kPiece);
  spent_ = 0;
  while (left > 0 && !bodies_.empty()) {
    Body& body = *bodies_.front();
    bodies_.pop_front();
    left -= std::min(left, body.compress_some(std::min(left, kPiece)));
  }
  if (!bodies_.empty()) loop_.at_turn_end(*this);
}

}  // namespace millrace::gateway
