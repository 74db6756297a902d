#include "gateway/replay_buffer.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace millrace::gateway {

namespace {

constexpr std::size_t kSmallestBlock = 4 * 1024;
constexpr std::size_t kLargestBlock = 64 * 1024;

}  // namespace

bool ReplayBuffer::append(std::string_view bytes) {
  const std::size_t free = blocks_.empty() ? 0 : blocks_.back().capacity() - blocks_.back().size();
  // The sizes of the new blocks, so that either all bytes are accepted or none.
  std::size_t more = 0;
  std::size_t total = size_;
  std::vector<std::size_t> sizes;
  for (std::size_t rest = bytes.size() - std::min(free, bytes.size()); rest > 0;) {
    const std::size_t size = std::clamp(total, kSmallestBlock, kLargestBlock);
    sizes.push_back(size);
    more += size;
    total += size;
    rest -= std::min(rest, size);
  }
  if (!share_.try_set(share_.bytes() + more)) return false;
  size_ += bytes.size();
  if (free > 0) {
    blocks_.back().append(bytes.substr(0, free));
    bytes.remove_prefix(std::min(free, bytes.size()));
  }
  for (const std::size_t size : sizes) {
    std::string& block = blocks_.emplace_back();
    block.reserve(size);
    block.append(bytes.substr(0, size));
    bytes.remove_prefix(std::min(size, bytes.size()));
  }
  return true;
}

std::string_view ReplayBuffer::next(std::size_t most) const {
  if (block_ == blocks_.size()) return {};
  return std::string_view(blocks_[block_]).substr(offset_, most);
}

void ReplayBuffer::advance(std::size_t bytes) {
  if (bytes == 0) return;
  offset_ += bytes;
  read_ += bytes;
  MILLRACE_ASSERT(offset_ <= blocks_[block_].size());
  // More bytes may be appended to the last block.
  if (offset_ == blocks_[block_].size() && block_ + 1 < blocks_.size()) {
    ++block_;
    offset_ = 0;
  }
}

void ReplayBuffer::rewind() { read_ = block_ = offset_ = 0; }

}  // namespace millrace::gateway
