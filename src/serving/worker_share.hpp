// How much of what the server may use each worker gets: how many workers there are where nothing says
// so, and how large their JavaScript heaps may grow.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace millrace::serving {

/// What Node.js gives itself at most where there is memory in plenty.
inline constexpr std::uint64_t kLargestHeap = std::uint64_t{4096} << 20U;
/// With less no project of size runs.
inline constexpr std::uint64_t kSmallestHeap = std::uint64_t{256} << 20U;

/// A worker a CPU, but no more than half of `memory` gives the smallest heap; 1 at least.
[[nodiscard]] constexpr std::size_t most_workers(std::size_t cpus, std::uint64_t memory) {
  const std::uint64_t fitting = std::max<std::uint64_t>(memory / 2 / kSmallestHeap, 1);
  return static_cast<std::size_t>(std::clamp<std::uint64_t>(cpus, 1, fitting));
}

/// The heap of each of `workers`: its share of half of `memory`; the smallest heap where the share is
/// less, but never more than that half.
[[nodiscard]] constexpr std::uint64_t heap_share(std::uint64_t memory, std::size_t workers) {
  const std::uint64_t half = memory / 2;
  const std::uint64_t share = half / std::max<std::size_t>(workers, 1);
  return std::clamp(share, std::min(kSmallestHeap, half), kLargestHeap);
}

}  // namespace millrace::serving
