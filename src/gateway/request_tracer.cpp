#include "gateway/request_tracer.hpp"

#include <utility>

#include "base/ascii.hpp"
#include "gateway/trace_exporter.hpp"
#include "http/fields.hpp"

namespace millrace::gateway {

namespace {

using net::Clock;
using std::chrono::system_clock;

/// A request that passes through the middleware, and rewrites, has a few calls; more are not
/// recorded.
constexpr std::size_t kMostSpans = 16;
constexpr std::string_view kTraceparent = "traceparent";

/// Returns the time of day of a moment in the near past.
system_clock::time_point time_of(Clock::time_point moment) {
  const auto ago = std::chrono::duration_cast<system_clock::duration>(Clock::now() - moment);
  return system_clock::now() - ago;
}

std::string_view name_of(TracedCall call) {
  switch (call) {
    case TracedCall::middleware:
      return "middleware";
    case TracedCall::handler:
      return "handler";
    case TracedCall::upstream:
      return "upstream";
  }
  return "";
}

/// Returns the fields without `traceparent`, with room for another.
std::string without_traceparent(std::string_view fields) {
  std::string rest;
  rest.reserve(fields.size() + 80);
  for (const auto& [name, value] : http::FieldsView(fields)) {
    if (!base::equals_ignoring_case(name, kTraceparent)) http::append_field(rest, name, value);
  }
  return rest;
}

}  // namespace

tracing::SpanContext RequestTracer::begin(const std::optional<tracing::SpanContext>& caller) {
  tracing::SpanContext own;
  own.trace = caller ? caller->trace : ids_.make_trace();
  own.span = ids_.make_span();
  own.sampled = sampler_.samples(caller, own.trace);
  return own;
}

void RequestTracer::finish(std::vector<tracing::Span> spans) {
  for (tracing::Span& span : spans) exporter_.add(std::move(span));
}

ExchangeTrace::ExchangeTrace(RequestTracer& tracer, const http::RequestHead& head,
                             const net::Peer& peer)
    : tracer_(tracer), head_(head), peer_(peer) {
  std::optional<tracing::SpanContext> caller;
  if (const auto value = http::find_field(head.fields, kTraceparent)) {
    caller = tracing::parse_traceparent(*value);
  }
  if (caller) caller_ = caller->span;
  context_ = tracer.begin(caller);
}

std::string_view ExchangeTrace::begin_call(TracedCall call, std::string_view fields) {
  call_ = Call{.kind = call, .span = context_.span};
  if (context_.sampled) {
    call_->span = tracer_.make_span();
    call_->began = Clock::now();
  }
  if (http::find_field(fields, kTraceparent)) {
    fields_ = without_traceparent(fields);
  } else {
    fields_.assign(fields);
  }
  // Fields that a worker expects as the first ones stay the first.
  fields_.append(kTraceparent).append(": ");
  tracing::append_traceparent(
      fields_, {.trace = context_.trace, .span = call_->span, .sampled = context_.sampled});
  fields_ += "\r\n";
  return fields_;
}

tracing::Span ExchangeTrace::span_of(const Call& call, Clock::time_point begin,
                                     Clock::time_point end) const {
  const bool internal = call.kind != TracedCall::upstream;
  return {.context = {.trace = context_.trace, .span = call.span, .sampled = true},
          .parent = context_.span,
          .kind = internal ? tracing::SpanKind::internal : tracing::SpanKind::client,
          .name = std::string(name_of(call.kind)),
          .begin = time_of(begin),
          .end = time_of(end),
          .attributes = {}};
}

void ExchangeTrace::end_call(std::optional<std::chrono::nanoseconds> waited) {
  if (!call_ || !context_.sampled || spans_.size() >= kMostSpans) return call_.reset();
  const auto now = Clock::now();
  const auto taken = waited ? call_->began + *waited : now;
  if (call_->kind != TracedCall::upstream) {
    Call queue{.span = tracer_.make_span()};
    tracing::Span span = span_of(queue, call_->began, taken);
    span.name = "queue";
    spans_.push_back(std::move(span));
  }
  if (waited || call_->kind == TracedCall::upstream) {
    spans_.push_back(
        span_of(*call_, call_->kind == TracedCall::upstream ? call_->began : taken, now));
  }
  call_.reset();
}

void ExchangeTrace::finish(const TracedResponse& response) {
  if (!context_.sampled) return;
  const std::string_view path = head_.target.substr(0, head_.target.find('?'));
  std::string name(head_.method);
  if (!response.route.empty()) name.append(" ").append(response.route);
  tracing::Span span{
      .context = context_,
      .parent = caller_,
      .kind = tracing::SpanKind::server,
      .name = std::move(name),
      .begin = time_of(began_),
      .end = system_clock::now(),
      .attributes = {{"http.request.method", std::string(head_.method)},
                     {"url.path", std::string(path.substr(0, tracing::kLongestText))},
                     {"url.scheme", "http"},
                     {"client.address", peer_.address}},
      .failed = response.status >= 500};
  if (response.status > 0) {
    span.attributes.emplace_back("http.response.status_code", std::int64_t{response.status});
  }
  if (!response.route.empty()) {
    span.attributes.emplace_back("http.route", std::string(response.route));
  }
  if (!response.pool.empty()) {
    span.attributes.emplace_back("millrace.pool", std::string(response.pool));
  }
  if (span.failed) span.attributes.emplace_back("error.type", std::to_string(response.status));
  spans_.push_back(std::move(span));
  tracer_.finish(std::move(spans_));
}

}  // namespace millrace::gateway
