// WorkerServices is what the server does for its workers: it writes what they log, and answers what
// they ask of the data cache. One object is handed down from who makes a fleet to each worker's
// link.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "link/frame.hpp"

namespace millrace::workers {

/// A worker's question to the data cache (the link's `cache`).
struct CacheQuestion {
  /// The newest generation that the worker was asked to load: which fleet it belongs to.
  std::uint32_t generation = 0;
  /// PoolOptions::cache_scope of its pool.
  std::string_view scope;
  std::string_view request;
};

/// Sends the response to a question, JSON. Does nothing once the worker is gone.
using CacheReply = std::function<void(std::string_view response)>;

/// Called from the loop, on whose thread it lives. Outlives the workers.
class WorkerServices {
 public:
  WorkerServices() = default;
  WorkerServices(const WorkerServices&) = delete;
  WorkerServices& operator=(const WorkerServices&) = delete;
  virtual ~WorkerServices() = default;

  /// A line for the log: a worker's own, or about its life.
  virtual void log(link::LogLevel level, std::string_view text) = 0;

  /// `question` is valid during the call; `reply` is to be called once, now or later. False where
  /// the request is no such question: a protocol error.
  virtual bool ask_cache(const CacheQuestion& question, CacheReply reply) = 0;
};

}  // namespace millrace::workers
