// ReadProof determines when to ping a worker so that it proves to have read what it was sent. A
// worker that sends frames needs no ping, and neither does one that has replied since the last
// invocation.
#pragma once

#include <cstdint>
#include <utility>

namespace millrace::workers {

/// Invocations are counted by the number of the newest stream. Belongs to the loop's thread.
class ReadProof {
 public:
  /// A ping is sent after the invocation `newest`.
  void pinged(std::uint64_t ping, std::uint64_t newest) {
    ping_ = ping;
    newest_at_ping_ = newest;
  }
  void ponged(std::uint64_t ping) {
    if (ping >= ping_) proven_ = newest_at_ping_;
  }

  /// Returns whether the worker may not have read the invocation `newest`.
  [[nodiscard]] bool missing(std::uint64_t newest) const { return newest > proven_; }

  /// Call at intervals; `heard` counts the bytes that the worker has sent. Returns whether a ping is
  /// due: proof is missing, and the worker has sent nothing since the last call.
  [[nodiscard]] bool due(std::uint64_t newest, std::uint64_t heard) {
    return std::exchange(heard_, heard) == heard && missing(newest);
  }

 private:
  std::uint64_t ping_ = 0;
  std::uint64_t newest_at_ping_ = 0;
  std::uint64_t proven_ = 0;
  std::uint64_t heard_ = 0;
};

}  // namespace millrace::workers
