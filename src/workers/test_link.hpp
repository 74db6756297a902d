// A fixture for tests: a link session with a worker in this process, and the objects that the
// session uses.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/event_loop.hpp"
#include "workers/link_session.hpp"
#include "workers/test_peer.hpp"
#include "workers/test_requester.hpp"

namespace millrace::workers {

class LinkFixture : public testing::Test,
                    protected LinkSession::Observer,
                    protected WorkerServices,
                    protected Watchdog::Subject {
 protected:
  void open(const Role& role = kNodeWorker, StreamLimits streams = {}) {
    session_.emplace(
        loop_, peer_.factory(),
        SessionOptions{
            .role = role, .load = generation(1), .streams = streams, .cache_scope = "scope"},
        watchdog_, report_, static_cast<WorkerServices&>(*this),
        static_cast<LinkSession::Observer&>(*this));
  }

  /// Opens a session whose worker has loaded its first generation.
  void open_ready(StreamLimits streams = {}) {
    open(kNodeWorker, streams);
    peer_.send_hello();
    peer_.send_ready(1);
    turn();
    ASSERT_TRUE(session_->generations());
  }

  static Load generation(std::uint32_t number) {
    Load load;
    load.generation = number;
    load.manifest = "/m";
    load.root = "/";
    load.mode = "production";
    return load;
  }

  Requester& request(bool has_body = false) {
    Requester& requester = requesters_.emplace_back();
    requester.invocation.request.generation = 1;
    requester.invocation.request.route = static_cast<std::uint32_t>(requesters_.size());
    requester.invocation.request.method = "GET";
    requester.invocation.request.target = "/";
    requester.invocation.has_body = has_body;
    session_->streams().open(requester.invocation, net::Clock::now());
    return requester;
  }

  void turn() { run_turns(loop_); }

  /// Returns whether the worker has violated the protocol, which ends the session.
  [[nodiscard]] bool broken() {
    turn();
    return closed_ == ChannelEnd::protocol_error;
  }

  // LinkSession::Observer
  void on_room() override { ++rooms_; }
  void on_response_begun(std::uint32_t /*generation*/, std::uint32_t route) override {
    begun_.push_back(route);
  }
  void on_loaded(std::uint32_t generation) override {
    state_ = WorkerState::ready;
    loaded_.push_back(generation);
  }
  void on_load_failed(std::uint32_t generation, std::string_view error) override {
    load_failures_.push_back(std::to_string(generation) + ": " + std::string(error));
  }
  void on_sample() override { ++samples_; }
  void on_link_closed(ChannelEnd how) override { closed_ = how; }

  // WorkerServices
  void log(link::LogLevel /*level*/, std::string_view text) override { log_.emplace_back(text); }
  bool ask_cache(const CacheRequest& request, CacheReply reply) override {
    cache_requests_.push_back(std::to_string(request.generation) + " " +
                              std::string(request.scope) + " " + std::string(request.payload));
    reply_ = std::move(reply);
    return cache_requests_are_valid_;
  }

  // Watchdog::Subject
  [[nodiscard]] WorkerState state() const override { return state_; }
  [[nodiscard]] bool accountable() const override { return true; }
  [[nodiscard]] Activity activity() const override { return session_->activity(); }
  [[nodiscard]] std::vector<ThreadReading> threads() const override { return {}; }
  [[nodiscard]] LinkProgress link_progress() const override { return session_->progress(); }

  net::EventLoop loop_;
  PeerScript peer_;
  WorkerState state_ = WorkerState::starting;
  Watchdog watchdog_{static_cast<Watchdog::Subject&>(*this), WorkLimits()};
  CrashReport report_;
  std::deque<Requester> requesters_;
  int rooms_ = 0;
  std::vector<std::uint32_t> begun_;
  std::vector<std::uint32_t> loaded_;
  std::vector<std::string> load_failures_;
  int samples_ = 0;
  std::optional<ChannelEnd> closed_;
  std::vector<std::string> log_;
  std::vector<std::string> cache_requests_;
  CacheReply reply_;
  bool cache_requests_are_valid_ = true;
  std::optional<LinkSession> session_;
};

}  // namespace millrace::workers
