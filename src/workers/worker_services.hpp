// WorkerServices is what the server provides to its workers: it writes their log lines, and handles
// their requests to the data cache. One object is passed from the creator of a fleet down to each
// worker's link.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "link/frame.hpp"
#include "workers/request_tag.hpp"

namespace millrace::workers {

/// A worker's request to the data cache (the link's `cache`).
struct CacheRequest {
  /// The newest generation that the worker was asked to load, which identifies its fleet.
  std::uint32_t generation = 0;
  /// PoolOptions::cache_scope of its pool.
  std::string_view scope;
  std::string_view payload;
};

/// Sends the reply to a request, as JSON. Does nothing once the worker is gone.
using CacheReply = std::function<void(std::string_view reply)>;

/// Called from the loop, on whose thread it lives. Must outlive the workers.
class WorkerServices {
 public:
  WorkerServices() = default;
  WorkerServices(const WorkerServices&) = delete;
  WorkerServices& operator=(const WorkerServices&) = delete;
  virtual ~WorkerServices() = default;

  /// Writes a line about a worker's life to the log.
  virtual void log(link::LogLevel level, std::string_view text) = 0;

  /// Writes a line that code in a worker has logged; `request` is null where it belongs to none.
  virtual void log_of_worker(link::LogLevel level, std::string_view text,
                             const RequestTag* /*request*/) {
    log(level, text);
  }

  /// `request` is valid during the call; `reply` must be called once, during the call or later.
  /// Returns false if the payload is not a valid request: a protocol error.
  virtual bool ask_cache(const CacheRequest& request, CacheReply reply) = 0;
};

}  // namespace millrace::workers
