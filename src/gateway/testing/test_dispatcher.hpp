// TestDispatcher stands in for the workers: it keeps the invocations it is given, and a test plays
// the worker's part of each, from the queue to the response's end, without a process or a loop.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "workers/dispatcher.hpp"
#include "workers/invocation_runner.hpp"

namespace millrace::gateway {

/// Outlives the invocations it was given.
class TestDispatcher final : public workers::Dispatcher,
                             private workers::InvocationQueue,
                             private workers::InvocationRunner {
 public:
  /// An invocation as its worker has it.
  struct Call {
    std::uint32_t generation = 0;
    std::uint32_t route = 0;
    std::string method;
    std::string target;
    std::string parameters;
    std::string fields;
    bool fill = false;
    bool has_body = false;
    /// What has come of the request's body.
    std::string body;
    bool body_ended = false;
    /// Bytes of the response's body that the requester has granted anew.
    std::size_t granted = 0;
    /// Why its requester has ended it; nothing where it has not.
    std::optional<link::AbortReason> aborted = {};
    /// Whether the requester has withdrawn it while it waited.
    bool withdrawn = false;
    /// Null once it is over.
    workers::Invocation* invocation = nullptr;
  };

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
                     .has_body = invocation.has_body,
                     .body = {},
                     .invocation = &invocation});
    if (decision == workers::Dispatch::queued) {
      admit(invocation);
    } else {
      open(invocation, calls.size());
    }
    return decision;
  }
  [[nodiscard]] bool listens() const override { return listening; }
  [[nodiscard]] std::string_view cache_scope(std::uint32_t /*route*/) const override {
    return scope;
  }

  /// The one that came last; it must be there.
  [[nodiscard]] Call& last() {
    EXPECT_FALSE(calls.empty());
    return calls.back();
  }

  // The worker's part. `call` must not be over.

  /// A worker takes an invocation that waits; what it was given of the request counts as it is now.
  void take(Call& call) {
    workers::Invocation& invocation = *call.invocation;
    release(invocation);
    call.parameters = invocation.request.parameters;
    call.fields = invocation.request.fields;
    open(invocation, number_of(call));
    if (call.has_body) requester_of(invocation).on_writable();
  }

  /// An invocation that waits gets no worker.
  void fail_waiting(Call& call, workers::Failure failure) {
    workers::Invocation& invocation = *std::exchange(call.invocation, nullptr);
    fail(invocation, failure);
  }

  void respond(Call& call, std::uint16_t status, std::string_view fields,
               std::string_view body = {}, bool end = true) {
    workers::Invocation& invocation = *call.invocation;
    ASSERT_TRUE(take_receive_credit(invocation, body.size()));
    if (end) over(call);
    requester_of(invocation)
        .on_response({.status = status, .reason = {}, .fields = fields, .body = body}, end);
  }

  void send_body(Call& call, std::string_view bytes, bool end = false) {
    workers::Invocation& invocation = *call.invocation;
    ASSERT_TRUE(take_receive_credit(invocation, bytes.size()));
    if (end) over(call);
    requester_of(invocation).on_body(bytes, end);
  }

  void fail(Call& call, workers::Failure failure) {
    workers::Invocation& invocation = *call.invocation;
    over(call);
    requester_of(invocation).on_failed(failure);
  }

  /// The worker has read so many bytes of the request's body.
  void grant(Call& call, std::size_t bytes) {
    ASSERT_TRUE(add_send_credit(*call.invocation, bytes));
    requester_of(*call.invocation).on_writable();
  }

  /// What becomes of the next invocations: `then` after `next`, which holds for one where it is set.
  std::optional<workers::Dispatch> next;
  workers::Dispatch then = workers::Dispatch::open;
  bool listening = false;
  std::string scope;
  bool is_congested = false;
  /// All that were taken, in their order.
  std::deque<Call> calls;

 private:
  using InvocationQueue::fail;

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

  static void over(Call& call) { close(*std::exchange(call.invocation, nullptr)); }

  // InvocationQueue
  void withdraw(workers::Invocation& invocation) override {
    Call& call = call_of(invocation);
    release(invocation);
    call.withdrawn = true;
    call.invocation = nullptr;
  }

  // InvocationRunner
  [[nodiscard]] bool congested() const override { return is_congested; }
  void send_body(std::uint64_t stream, std::string_view bytes, bool end) override {
    Call& call = calls[stream - 1];
    EXPECT_FALSE(call.body_ended);
    call.body.append(bytes);
    call.body_ended = end;
  }
  void request_ended(workers::Invocation& /*invocation*/) override {}
  void grant_credit(std::uint64_t stream, std::uint32_t bytes) override {
    calls[stream - 1].granted += bytes;
  }
  void abort_stream(workers::Invocation& invocation, link::AbortReason reason) override {
    Call& call = call_of(invocation);
    call.aborted = reason;
    over(call);
  }
  void expire(workers::Invocation& invocation, net::Clock::time_point /*now*/) override {
    fail(call_of(invocation), workers::Failure::deadline);
  }
};

}  // namespace millrace::gateway
