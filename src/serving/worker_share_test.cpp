#include "serving/worker_share.hpp"

#include <gtest/gtest.h>

namespace millrace::serving {
namespace {

constexpr std::uint64_t kMegabyte = std::uint64_t{1} << 20U;

TEST(WorkerShare, HasAWorkerPerCpuIfMemoryAllows) {
  EXPECT_EQ(most_workers(8, 16384 * kMegabyte), 8U);
  EXPECT_EQ(most_workers(64, 4096 * kMegabyte), 8U);
  EXPECT_EQ(most_workers(64, 512 * kMegabyte), 1U);
  EXPECT_EQ(most_workers(4, 64 * kMegabyte), 1U);
  EXPECT_EQ(most_workers(0, 4096 * kMegabyte), 1U);
}

TEST(WorkerShare, SharesHalfOfTheMemory) {
  EXPECT_EQ(heap_share(8192 * kMegabyte, 4), 1024 * kMegabyte);
  EXPECT_EQ(heap_share(512 * kMegabyte, 1), 256 * kMegabyte);
}

TEST(WorkerShare, KeepsHeapsBetweenTheSmallestAndTheLargest) {
  EXPECT_EQ(heap_share(65536 * kMegabyte, 1), kLargestHeap);
  EXPECT_EQ(heap_share(2048 * kMegabyte, 16), kSmallestHeap);
  EXPECT_EQ(heap_share(300 * kMegabyte, 2), 150 * kMegabyte);
}

}  // namespace
}  // namespace millrace::serving
