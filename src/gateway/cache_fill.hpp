// CacheFill is the source of a response that the cache does not have yet: a worker makes the
// response, and all exchanges that ask for it at the same time wait for that one invocation.
#pragma once

#include <utility>

#include "gateway/response_cache.hpp"
#include "gateway/response_source.hpp"

namespace millrace::gateway {

class CacheFill final : public ResponseSource, private ResponseCache::Observer {
 public:
  class Observer {
   public:
    Observer() = default;
    Observer(const Observer&) = delete;
    Observer& operator=(const Observer&) = delete;
    virtual ~Observer() = default;

    /// The worker has made the response. May destroy the source.
    virtual void on_filled(const cache::SharedResponse& response) = 0;
  };

  /// `cache` and both observers outlive the source. Failures are reported to `failures`.
  CacheFill(ResponseCache& cache, StaticTarget target, ResponseSource::Observer& failures,
            Observer& observer)
      : cache_(cache), target_(std::move(target)), failures_(failures), observer_(observer) {}
  ~CacheFill() override { cancel(); }

  /// Whether the cache holds a pointer to this source.
  [[nodiscard]] bool waiting() const { return waiting_; }

  // ResponseSource
  void begin() override {
    waiting_ = cache_.fill(target_, this);
    if (!waiting_) failures_.on_failed(SourceFailure::unavailable, {});
  }
  void credit(std::size_t /*bytes*/) override {}
  void cancel() override {
    if (std::exchange(waiting_, false)) cache_.leave(*this);
  }

 private:
  // ResponseCache::Observer
  void on_filled(const cache::SharedResponse& response) override {
    waiting_ = false;
    observer_.on_filled(response);
  }
  void on_fill_failed(workers::Failure failure) override {
    waiting_ = false;
    failures_.on_failed(source_failure(failure), {});
  }

  ResponseCache& cache_;
  StaticTarget target_;
  ResponseSource::Observer& failures_;
  Observer& observer_;
  bool waiting_ = false;
};

}  // namespace millrace::gateway
