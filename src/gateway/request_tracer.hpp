// RequestTracer makes the traces of a server's requests: it decides which are recorded, and passes
// finished spans to the exporter. ExchangeTrace is the trace of one request.
//
//   GET /api/users/[id]   the request, from its head to the last byte of the response
//   ├─ middleware         the time for which the middleware has it
//   ├─ queue              the time for which it waits for a worker
//   └─ handler            the time for which the worker has it; its spans are children of this one
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/request_parser.hpp"
#include "net/listener.hpp"
#include "net/timer.hpp"
#include "tracing/ids.hpp"
#include "tracing/sampler.hpp"
#include "tracing/span.hpp"

namespace millrace::gateway {

class TraceExporter;

/// Belongs to the loop's thread.
class RequestTracer {
 public:
  /// `ratio`: the share of recorded traces among those that begin here. `exporter` outlives the
  /// tracer.
  RequestTracer(double ratio, TraceExporter& exporter) : sampler_(ratio), exporter_(exporter) {}

  /// Returns the context of a request's own span; `caller`: from its `traceparent`.
  [[nodiscard]] tracing::SpanContext begin(const std::optional<tracing::SpanContext>& caller);
  [[nodiscard]] tracing::SpanId make_span() { return ids_.make_span(); }
  void finish(std::vector<tracing::Span> spans);

 private:
  tracing::IdSource ids_;
  tracing::Sampler sampler_;
  TraceExporter& exporter_;
};

/// What a request is passed to.
enum class TracedCall : std::uint8_t { middleware, handler, upstream };

/// What is known of a request when it is over.
struct TracedResponse {
  /// 0 without a complete response.
  std::uint16_t status = 0;
  /// The route's template; empty where none matched.
  std::string_view route;
  std::string_view pool;
};

/// Belongs to the loop's thread.
class ExchangeTrace {
 public:
  /// All arguments, and what `head` points to, outlive the trace.
  ExchangeTrace(RequestTracer& tracer, const http::RequestHead& head, const net::Peer& peer);

  /// The request is passed on now. Returns its fields with the `traceparent` for the callee, which
  /// are valid until the next call.
  [[nodiscard]] std::string_view begin_call(TracedCall call, std::string_view fields);
  /// The call is over. `waited`: how long it waited for a worker; nothing if none has taken it.
  /// Does nothing where there is no call.
  void end_call(std::optional<std::chrono::nanoseconds> waited);

  /// The request is over.
  void finish(const TracedResponse& response);

  [[nodiscard]] const tracing::SpanContext& context() const { return context_; }

 private:
  struct Call {
    TracedCall kind = TracedCall::handler;
    tracing::SpanId span{};
    net::Clock::time_point began{};
  };

  [[nodiscard]] tracing::Span span_of(const Call& call, net::Clock::time_point begin,
                                      net::Clock::time_point end) const;

  RequestTracer& tracer_;
  const http::RequestHead& head_;
  const net::Peer& peer_;
  std::optional<tracing::SpanId> caller_;
  tracing::SpanContext context_;
  net::Clock::time_point began_ = net::Clock::now();
  std::optional<Call> call_;
  std::string fields_;
  /// Only of a recorded trace.
  std::vector<tracing::Span> spans_;
};

}  // namespace millrace::gateway
