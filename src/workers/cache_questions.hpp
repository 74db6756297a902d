// CacheQuestions is a worker's way to the data cache: it puts a question together from its frames,
// passes it on, and sends the response in as many frames as it takes.
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
class CacheQuestions {
 public:
  /// The most bytes of a question; a longer one is a protocol error. The largest value that the
  /// cache keeps, escaped as JSON may be, fits by far.
  static constexpr std::size_t kLongest = std::size_t{16} * 1024 * 1024;

  /// `channel` and `services` outlive it; `scope` is the pool's (PoolOptions::cache_scope).
  CacheQuestions(Channel& channel, WorkerServices& services, std::string scope)
      : channel_(channel), services_(services), scope_(std::move(scope)) {}
  CacheQuestions(const CacheQuestions&) = delete;
  CacheQuestions& operator=(const CacheQuestions&) = delete;
  ~CacheQuestions() { *alive_ = false; }

  /// Takes a `cache` frame of a worker of that generation. Returns false where it breaks the
  /// protocol.
  [[nodiscard]] bool on_frame(const link::Frame& frame, std::uint32_t generation);

 private:
  void send(std::string_view response);

  Channel& channel_;
  WorkerServices& services_;
  std::string scope_;
  /// The frames of a question that have come so far.
  std::string partial_;
  /// Replies check it: the worker may be gone when they come.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace millrace::workers
