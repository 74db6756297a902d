// A fixture for tests: a pool of test_worker processes, its requests, and its log.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/event_loop.hpp"
#include "net/timer.hpp"
#include "workers/pool.hpp"
#include "workers/test_requester.hpp"
#include "workers/test_worker.hpp"

namespace millrace::workers {

class PoolFixture : public testing::Test, protected Pool::Observer, protected WorkerServices {
 protected:
  void open(Behaviour behaviour, PoolOptions options = {}) {
    options.supervisor.first_backoff = std::chrono::milliseconds(1);
    pool_.emplace(loop_, kNodeWorker, test_worker(behaviour), options,
                  static_cast<WorkerServices&>(*this), static_cast<Pool::Observer&>(*this));
    pool_->start(load(1));
  }

  [[nodiscard]] Load load(std::uint32_t generation) const {
    return {.generation = generation,
            .manifest = "/m",
            .root = "/",
            .mode = "production",
            .environment_json = {},
            .eager = false,
            .routes = std::make_shared<std::vector<RouteInfo>>(routes_)};
  }

  Requester& request(std::string_view target, const std::function<void(Requester&)>& prepare = {}) {
    Requester& requester = requesters_.emplace_back();
    requester.invocation.request.generation = 1;
    requester.invocation.request.method = "GET";
    requester.invocation.request.target = target;
    if (prepare) prepare(requester);
    EXPECT_NE(pool_->dispatch(requester.invocation), Dispatch::refused);
    return requester;
  }

  /// Sends one request to a worker with that behaviour; returns how it failed, if it did.
  std::optional<Failure> failure_with(Behaviour behaviour, const PoolOptions& options = {}) {
    open(behaviour, options);
    const Requester& requester = request("/");
    run_until_all_are_over();
    return requester.failed;
  }

  /// Runs until `holds` returns true.
  void run_until(const std::function<bool()>& holds) {
    net::Timer look(loop_, [&] {
      if (holds()) return loop_.stop();
      look.set_after(std::chrono::milliseconds(1));
    });
    look.set_after(std::chrono::milliseconds(0));
    loop_.run();
  }

  void run_until_all_are_over() {
    run_until([&] {
      return std::all_of(requesters_.begin(), requesters_.end(),
                         [](const Requester& requester) { return requester.over; });
    });
  }

  void run_until_logged(const std::string& text) {
    run_until([&] {
      return std::any_of(log_.begin(), log_.end(), [&](const std::string& line) {
        return line.find(text) != std::string::npos;
      });
    });
  }

  /// Runs everything that is ready, and what that makes ready.
  void run_some_turns() {
    for (int turn = 0; turn < 100; ++turn) {
      loop_.post([this] { loop_.stop(); });
      loop_.run();
    }
  }

  /// Returns the first worker, or the only one.
  [[nodiscard]] WorkerReport worker() const {
    const std::vector<WorkerReport> all = pool_->report().workers;
    return all.empty() ? WorkerReport() : all.front();
  }

  // Pool::Observer
  void on_generation_ready(Pool& /*pool*/, std::uint32_t generation) override {
    ready_ = generation;
  }
  void on_generation_failed(Pool& /*pool*/, std::uint32_t generation,
                            std::string_view error) override {
    failed_generations_.push_back(std::to_string(generation) + ": " + std::string(error));
  }
  void on_pool_drained(Pool& /*pool*/) override { drained_ = true; }

  // WorkerServices
  void log(link::LogLevel /*level*/, std::string_view text) override { log_.emplace_back(text); }
  bool ask_cache(const CacheRequest& request, CacheReply reply) override {
    cache_requests_.emplace_back(request.payload);
    if (cache_answer_) reply(*cache_answer_);
    return cache_answer_.has_value();
  }

  net::EventLoop loop_;
  std::vector<RouteInfo> routes_{{.path = "/api/a"}, {.path = "/api/b"}};
  std::vector<std::string> log_;
  std::vector<std::string> cache_requests_;
  /// If absent, every cache request is rejected as invalid.
  std::optional<std::string> cache_answer_;
  std::vector<std::string> failed_generations_;
  std::uint32_t ready_ = 0;
  bool drained_ = false;
  std::optional<Pool> pool_;
  std::deque<Requester> requesters_;
};

}  // namespace millrace::workers
