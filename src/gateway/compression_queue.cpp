#include "gateway/compression_queue.hpp"

#include <algorithm>
#include <utility>

namespace millrace::gateway {

CompressionQueue::CompressionQueue(net::EventLoop& loop, std::size_t threads) : loop_(loop) {
  if (threads > 0) threads_.emplace(loop, threads, [this] { pass_on(); });
}

bool CompressionQueue::take(std::size_t bytes) {
  if (spent_ + bytes > kTurn || (threads_ && bytes > kAtOnce)) return false;
  spent_ += bytes;
  // The end of the turn resets what was spent.
  loop_.at_turn_end(*this);
  return true;
}

void CompressionQueue::add(Body& body) {
  bodies_.push_back(&body);
  loop_.at_turn_end(*this);
}

void CompressionQueue::remove(Body& body) {
  std::erase(bodies_, &body);
  if (threads_) threads_->forget(body);
}

std::size_t CompressionQueue::compress_first(std::size_t most) {
  Body& body = *bodies_.front();
  bodies_.pop_front();
  std::unique_ptr<CompressionPiece> piece = body.take_piece(most);
  const std::size_t size = piece->input.size();
  piece->compress();
  body.on_piece(std::move(piece));
  return size;
}

void CompressionQueue::pass_on() {
  while (!bodies_.empty() && threads_->has_room()) {
    Body& body = *bodies_.front();
    bodies_.pop_front();
    std::unique_ptr<CompressionPiece> left = threads_->submit(body.take_piece(kPiece), body);
    if (!left) continue;
    // No thread or descriptor is to be had. The next piece waits for the next turn.
    left->compress();
    body.on_piece(std::move(left));
    if (!bodies_.empty()) loop_.at_turn_end(*this);
    return;
  }
}

void CompressionQueue::run_at_turn_end() {
  // Without threads at least one piece each turn, even where bodies outside the queue spent the
  // budget: no body starves.
  std::size_t left = std::max(kTurn - spent_, kPiece);
  spent_ = 0;
  if (threads_) return pass_on();
  while (left > 0 && !bodies_.empty()) {
    left -= std::min(left, compress_first(std::min(left, kPiece)));
  }
  if (!bodies_.empty()) loop_.at_turn_end(*this);
}

}  // namespace millrace::gateway
