// CacheRequests gives a worker access to the data cache: it assembles a request from the worker's
// frames, passes it on, and sends the reply in as many frames as needed.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "link/frame.hpp"
#include "workers/channel.hpp"
#include "workers/worker_services.hpp"

namespace millrace::workers {

/// Serves one worker. Belongs to the loop's thread.
class CacheRequests {
 public:
  /// The longest request in bytes; a longer one is a protocol error. The largest value that the
  /// cache stores fits with ample margin, even escaped as JSON.
  static constexpr std::size_t kLongest = std::size_t{16} * 1024 * 1024;

  /// `channel` and `services` must outlive this object; `scope` is the pool's
  /// PoolOptions::cache_scope.
  CacheRequests(Channel& channel, WorkerServices& services, std::string scope)
      : channel_(channel), services_(services), scope_(std::move(scope)) {}
  CacheRequests(const CacheRequests&) = delete;
  CacheRequests& operator=(const CacheRequests&) = delete;
  ~CacheRequests() { *alive_ = false; }

  /// Handles a `cache` frame from a worker of that generation. Returns false if the frame violates
  /// the protocol.
  [[nodiscard]] bool on_frame(const link::Frame& frame, std::uint32_t generation);

 private:
  void send(std::string_view reply);

  Channel& channel_;
  WorkerServices& services_;
  std::string scope_;
  /// The frames received so far of an incomplete request.
  std::string partial_;
  /// Replies check this: the worker may be gone when they arrive.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace millrace::workers
