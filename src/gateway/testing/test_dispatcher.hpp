// TestDispatcher replaces the workers: it records the invocations it receives, and a test plays the
// worker's part for each, from the queue to the end of the response, without a process or a loop.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "workers/dispatcher.hpp"
#include "workers/invocation_queue.hpp"

namespace millrace::gateway {

/// Outlives the invocations that it receives.
class TestDispatcher final : public workers::Dispatcher, private workers::StreamHost {
 public:
  /// An invocation as its worker sees it.
  struct Call {
    std::uint32_t generation = 0;
    std::uint32_t route = 0;
    std::string method;
    std::string target;
    std::string parameters;
    std::string fields;
    bool fill = false;
    /// It offers an upgrade.
    bool upgrade = false;
    bool has_body = false;
    /// The part of the request's body received so far.
    std::string body;
    bool body_ended = false;
    /// How often the requester has asked to close the tunnel.
    int drains = 0;
    /// Bytes of the response's body that the requester has credited.
    std::size_t granted = 0;
    /// Why the requester has aborted it; nothing where it has not.
    std::optional<link::AbortReason> aborted = {};
    /// The queue where it waits; null where it does not, or a worker has taken it.
    std::unique_ptr<workers::InvocationQueue> queue = {};
    /// Null once the invocation is over.
    workers::Invocation* invocation = nullptr;

    /// Whether the requester has withdrawn it from the queue.
    [[nodiscard]] bool withdrawn() const { return queue && queue->empty(); }
  };

  /// The share of the queue that is used.
  double queued_share = 0;
  [[nodiscard]] double queue_share(std::uint32_t /*route*/) const override { return queued_share; }

  [[nodiscard]] workers::Dispatch dispatch(workers::Invocation& invocation) override {
    const auto decision = decide();
    if (decision != workers::Dispatch::open && decision != workers::Dispatch::queued) {
      return decision;
    }
    const link::InvokeView& request = invocation.request;
    calls.push_back({.generation = request.generation,
                     .route = request.route,
                     .method = std::string(request.method),
                     .target = std::string(request.target),
                     .parameters = std::string(request.parameters),
                     .fields = std::string(request.fields),
                     .fill = request.fill,
                     .upgrade = request.upgrade,
                     .has_body = invocation.has_body,
                     .body = {},
                     .invocation = &invocation});
    if (decision == workers::Dispatch::queued) {
      calls.back().queue = std::make_unique<workers::InvocationQueue>(1);
      calls.back().queue->add(invocation, {});
    } else {
      invocation.open(*this, calls.size());
    }
    return decision;
  }
  [[nodiscard]] bool listens(workers::Unrouted which) const override {
    return listening || (listening_for_upgrades && which == workers::Unrouted::upgrades);
  }
  [[nodiscard]] std::string_view cache_scope(std::uint32_t /*route*/) const override {
    return scope;
  }

  /// The last call, which must exist.
  [[nodiscard]] Call& last() {
    EXPECT_FALSE(calls.empty());
    return calls.back();
  }

  // The worker's part. `call` must not be over.

  /// A worker takes a queued invocation; the request is recorded again as it is now.
  void take(Call& call) {
    workers::Invocation& invocation = *call.invocation;
    std::exchange(call.queue, nullptr)->remove(invocation);
    call.parameters = invocation.request.parameters;
    call.fields = invocation.request.fields;
    invocation.open(*this, number_of(call));
    if (call.has_body) invocation.observer().on_writable();
  }

  /// A queued invocation gets no worker.
  void fail_waiting(Call& call, workers::Failure failure) {
    workers::Invocation& invocation = *std::exchange(call.invocation, nullptr);
    std::exchange(call.queue, nullptr)->fail(invocation, failure);
  }

  void respond(Call& call, std::uint16_t status, std::string_view fields,
               std::string_view body = {}, bool end = true) {
    workers::Invocation& invocation = *call.invocation;
    ASSERT_TRUE(take_receive_credit(invocation, body.size()));
    invocation.stream()->response_begun = true;
    if (end) over(call);
    invocation.observer().on_response(
        {.status = status, .reason = {}, .fields = fields, .body = body}, end);
  }

  /// The worker sends the fields of a 103 response.
  static void inform(Call& call, std::string_view fields) {
    call.invocation->observer().on_inform(fields);
  }

  /// The worker accepts the upgrade.
  void accept(Call& call, std::string_view fields) {
    workers::Invocation& invocation = *call.invocation;
    workers::OpenStream& stream = *invocation.stream();
    stream.response_begun = true;
    stream.tunnel = true;
    stream.request_ended = false;
    invocation.observer().on_upgrade(fields);
  }

  void send_body(Call& call, std::string_view bytes, bool end = false) {
    workers::Invocation& invocation = *call.invocation;
    ASSERT_TRUE(take_receive_credit(invocation, bytes.size()));
    workers::OpenStream& stream = *invocation.stream();
    stream.tunnel_ended = end;
    if (end && (!stream.tunnel || stream.request_ended)) over(call);
    invocation.observer().on_body(bytes, end);
  }

  void fail(Call& call, workers::Failure failure) {
    std::exchange(call.invocation, nullptr)->fail(failure);
  }

  /// The worker has read `bytes` of the request's body.
  void grant(Call& call, std::size_t bytes) {
    call.invocation->stream()->send_credit += bytes;
    call.invocation->observer().on_writable();
  }

  /// The result for the next invocations: `next`, where set, for one, and `then` for those after
  /// it.
  std::optional<workers::Dispatch> next;
  workers::Dispatch then = workers::Dispatch::open;
  bool listening = false;
  bool listening_for_upgrades = false;
  std::string scope;
  bool is_congested = false;
  /// All accepted invocations, in order.
  std::deque<Call> calls;

 private:
  [[nodiscard]] workers::Dispatch decide() {
    return next ? *std::exchange(next, std::nullopt) : then;
  }

  [[nodiscard]] std::size_t number_of(const Call& call) const {
    const auto same = [&call](const Call& other) { return &other == &call; };
    return static_cast<std::size_t>(std::find_if(calls.begin(), calls.end(), same) -
                                    calls.begin()) +
           1;
  }

  [[nodiscard]] Call& call_of(const workers::Invocation& invocation) {
    const auto same = [&invocation](const Call& call) { return call.invocation == &invocation; };
    return *std::find_if(calls.begin(), calls.end(), same);
  }

  static void over(Call& call) { std::exchange(call.invocation, nullptr)->close(); }

  [[nodiscard]] static bool take_receive_credit(workers::Invocation& invocation,
                                                std::size_t bytes) {
    workers::OpenStream& stream = *invocation.stream();
    if (bytes > stream.receive_credit) return false;
    stream.receive_credit -= bytes;
    return true;
  }

  // workers::StreamHost
  [[nodiscard]] std::size_t body_credit(const workers::OpenStream& stream) const override {
    return is_congested ? 0 : stream.send_credit;
  }
  void send_body(workers::OpenStream& stream, std::string_view bytes, bool end) override {
    Call& call = calls[stream.number - 1];
    EXPECT_FALSE(call.body_ended);
    EXPECT_LE(bytes.size(), stream.send_credit);
    stream.send_credit -= bytes.size();
    stream.request_ended = end;
    call.body.append(bytes);
    call.body_ended = end;
    if (end && stream.tunnel && stream.tunnel_ended) over(call);
  }
  void consumed(workers::OpenStream& stream, std::size_t bytes) override {
    stream.receive_credit += bytes;
    calls[stream.number - 1].granted += bytes;
  }
  void abort(workers::Invocation& invocation, link::AbortReason reason) override {
    Call& call = call_of(invocation);
    call.aborted = reason;
    over(call);
  }
  void drain(workers::OpenStream& stream) override { ++calls[stream.number - 1].drains; }
  void expire(workers::Invocation& invocation, net::Clock::time_point /*now*/) override {
    fail(call_of(invocation), workers::Failure::deadline);
  }
};

}  // namespace millrace::gateway
