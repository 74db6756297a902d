// A fixture for tests: workers in this process, each with a scripted peer, and their observer.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/event_loop.hpp"
#include "workers/test_peer.hpp"
#include "workers/test_requester.hpp"
#include "workers/worker_handle.hpp"

namespace millrace::workers {

class WorkersFixture : public testing::Test,
                       protected WorkerHandle::Observer,
                       protected WorkerServices {
 protected:
  WorkersFixture() { load_.generation = 1; }

  /// Starts a worker that has not sent hello.
  WorkerHandle& start(const StreamLimits& streams = {}) {
    Launch launch;
    launch.inline_peer = peers_.emplace_back().factory();
    auto started = WorkerHandle::start(
        loop_, launch,
        {.session = {.role = kNodeWorker, .load = load_, .streams = streams}, .work = limits_},
        static_cast<WorkerServices&>(*this), static_cast<WorkerHandle::Observer&>(*this));
    workers_.push_back(std::move(started).value());
    all_.push_back(workers_.back().get());
    return *all_.back();
  }

  WorkerHandle& start_ready(const StreamLimits& streams = {}) {
    WorkerHandle& worker = start(streams);
    peers_.back().send_hello();
    peers_.back().send_ready(load_.generation);
    turn();
    EXPECT_EQ(worker.state(), WorkerState::ready);
    return worker;
  }

  Requester& request(WorkerHandle& worker, std::uint32_t route = 0) {
    Requester& requester = requesters_.emplace_back();
    requester.invocation.request.generation = load_.generation;
    requester.invocation.request.route = route;
    worker.invoke(requester.invocation, now_);
    return requester;
  }

  void turn() { run_turns(loop_); }

  // WorkerHandle::Observer
  void on_worker_ready(WorkerHandle& /*worker*/, std::uint32_t generation) override {
    events_.push_back("ready " + std::to_string(generation));
  }
  void on_load_failed(WorkerHandle& /*worker*/, std::uint32_t generation,
                      std::string_view error) override {
    events_.push_back("failed " + std::to_string(generation) + " " + std::string(error));
  }
  void on_worker_freed(WorkerHandle& /*worker*/) override { ++freed_; }
  void on_worker_responded(WorkerHandle& /*worker*/, std::uint32_t /*generation*/,
                           std::uint32_t route) override {
    events_.push_back("responded " + std::to_string(route));
  }
  void on_worker_sample(WorkerHandle& /*worker*/) override { events_.emplace_back("sample"); }
  void on_worker_late(WorkerHandle& worker) override {
    events_.push_back("late " + worker.replacement_reason());
  }
  void on_worker_ended(WorkerHandle& /*worker*/) override {}
  void on_worker_dead(WorkerHandle& worker) override {
    events_.push_back("dead " + worker.cause_of_death());
  }

  // WorkerServices
  void log(link::LogLevel /*level*/, std::string_view text) override { log_.emplace_back(text); }
  bool ask_cache(const CacheRequest& /*request*/, CacheReply /*reply*/) override { return false; }

  net::EventLoop loop_;
  /// The time at which requests are given to workers.
  net::Clock::time_point now_ = net::Clock::now();
  Load load_;
  WorkLimits limits_;
  std::deque<PeerScript> peers_;
  std::deque<Requester> requesters_;
  std::vector<std::string> events_;
  std::vector<std::string> log_;
  int freed_ = 0;
  std::vector<WorkerHandle*> all_;
  std::vector<std::unique_ptr<WorkerHandle>> workers_;
};

}  // namespace millrace::workers
