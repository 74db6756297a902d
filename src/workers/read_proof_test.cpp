#include "workers/read_proof.hpp"

#include <gtest/gtest.h>

namespace millrace::workers {
namespace {

TEST(ReadProofTest, AWorkerThatWasSentNothingNeedsNoPing) {
  ReadProof proof;
  EXPECT_FALSE(proof.missing(0));
  EXPECT_FALSE(proof.due(0, 0));
}

TEST(ReadProofTest, AWorkerThatSaysNothingIsPinged) {
  ReadProof proof;
  EXPECT_TRUE(proof.due(1, 0));
}

TEST(ReadProofTest, AWorkerThatSendsIsNotPingedUntilItStops) {
  ReadProof proof;
  EXPECT_FALSE(proof.due(1, 100));
  EXPECT_FALSE(proof.due(2, 200));
  EXPECT_TRUE(proof.missing(2));
  EXPECT_TRUE(proof.due(2, 200));
}

TEST(ReadProofTest, APongProvesWhatWasSentBeforeItsPing) {
  ReadProof proof;
  proof.pinged(1, 5);
  proof.ponged(1);
  EXPECT_FALSE(proof.missing(5));
  EXPECT_FALSE(proof.due(5, 0));
  EXPECT_TRUE(proof.missing(6));
  EXPECT_TRUE(proof.due(6, 0));
}

TEST(ReadProofTest, AnOlderPongProvesNothing) {
  ReadProof proof;
  proof.pinged(1, 5);
  proof.pinged(2, 6);
  proof.ponged(1);
  EXPECT_TRUE(proof.missing(5));
  proof.ponged(2);
  EXPECT_FALSE(proof.missing(6));
}

}  // namespace
}  // namespace millrace::workers
