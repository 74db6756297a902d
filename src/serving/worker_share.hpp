// Divides the server's resources among its workers: how many workers run without a setting, and how
// large their JavaScript heaps may grow.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace millrace::serving {

/// The heap limit that Node.js chooses by default on a machine with plenty of memory.
inline constexpr std::uint64_t kLargestHeap = std::uint64_t{4096} << 20U;
/// A realistic project does not run with a smaller heap.
inline constexpr std::uint64_t kSmallestHeap = std::uint64_t{256} << 20U;

/// Returns one worker per CPU, limited so that half of `memory` gives each at least the smallest
/// heap; at least 1.
[[nodiscard]] constexpr std::size_t most_workers(std::size_t cpus, std::uint64_t memory) {
  const std::uint64_t fitting = std::max<std::uint64_t>(memory / 2 / kSmallestHeap, 1);
  return static_cast<std::size_t>(std::clamp<std::uint64_t>(cpus, 1, fitting));
}

/// Returns the heap limit for each of `workers`: its share of half of `memory`, raised to the
/// smallest heap if the share is smaller, but never more than that half.
[[nodiscard]] constexpr std::uint64_t heap_share(std::uint64_t memory, std::size_t workers) {
  const std::uint64_t half = memory / 2;
  const std::uint64_t share = half / std::max<std::size_t>(workers, 1);
  return std::clamp(share, std::min(kSmallestHeap, half), kLargestHeap);
}

}  // namespace millrace::serving
