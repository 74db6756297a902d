// TraceExporter sends finished spans to an OpenTelemetry collector, by OTLP over HTTP with JSON. It
// collects them into batches and sends one batch at a time. No request waits for it: where spans
// arrive faster than the collector takes them, they are dropped and counted.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "gateway/response_source.hpp"
#include "gateway/upstream_pool.hpp"
#include "gateway/upstream_request.hpp"
#include "gateway/upstream_target.hpp"
#include "http/request_parser.hpp"
#include "metrics/server_metrics.hpp"
#include "net/event_loop.hpp"
#include "net/timer.hpp"
#include "net/tls_client.hpp"
#include "observe/log.hpp"
#include "tracing/otlp_json.hpp"
#include "tracing/span.hpp"

namespace millrace::gateway {

struct TraceExporterOptions {
  /// The collector, with the path for traces.
  UpstreamTarget collector;
  /// Field lines for each request, such as a key of the collector.
  std::string fields;
  tracing::Resource resource;
  /// The version of the server.
  std::string version;
  /// Times between two batches, for one request, and before the first repetition of a failed one;
  /// the last doubles with each repetition.
  std::chrono::milliseconds interval{5'000};
  std::chrono::milliseconds timeout{10'000};
  std::chrono::milliseconds backoff{1'000};
};

/// Belongs to the loop's thread.
class TraceExporter final : private ResponseSource::Observer {
 public:
  /// The most spans that wait; further ones are dropped.
  static constexpr std::size_t kMostWaiting = 2048;
  /// The most spans in a request. A full batch is sent at once.
  static constexpr std::size_t kMostInBatch = 512;
  /// How often a batch is sent before its spans are dropped.
  static constexpr int kMostAttempts = 5;

  /// `trust` is for https. All references outlive the exporter.
  TraceExporter(net::EventLoop& loop, TraceExporterOptions options,
                std::shared_ptr<const net::TlsTrust> trust, metrics::TraceMetrics& counted,
                observe::Log& log);
  ~TraceExporter() override;

  /// Adds a finished span.
  void add(tracing::Span span);

  /// Sends what waits, now.
  void flush();

  /// Sends what waits, then calls `on_done`; at once where nothing waits, and after kPatience in any
  /// case. Call once, last.
  void drain(std::function<void()> on_done);

  static constexpr std::chrono::seconds kPatience{2};

 private:
  /// A request with its batch, until the collector has taken it.
  struct Batch {
    std::string body;
    std::size_t spans = 0;
    std::size_t sent = 0;
    int attempts = 0;
  };

  // ResponseSource::Observer
  void on_response(const link::ResponseView& response, bool end) override;
  void on_body(std::string_view bytes, bool end) override;
  void on_writable() override;
  void on_failed(SourceFailure failure, std::string_view reason) override;

  void on_timer();
  void begin_batch();
  void send();
  /// The attempt has ended. `repeat`: the collector may take the batch later.
  void end_attempt(bool taken, bool repeat, std::string_view reason);
  void warn(std::string_view reason);
  void finish_drain();

  net::EventLoop& loop_;
  TraceExporterOptions options_;
  std::shared_ptr<const net::TlsTrust> trust_;
  metrics::TraceMetrics& counted_;
  observe::Log& log_;
  UpstreamPool connections_;
  http::RequestHead head_;
  std::deque<tracing::Span> waiting_;
  std::unique_ptr<Batch> batch_;
  std::unique_ptr<UpstreamRequest> request_;
  net::Timer timer_;
  bool timer_set_ = false;
  /// Whether the last batch failed: a failure is logged once.
  bool failing_ = false;
  /// Null unless drain() was called and is not over.
  std::function<void()> on_drained_;
  net::Timer patience_;
};

}  // namespace millrace::gateway
