#include "gateway/trace_exporter.hpp"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "http/fields.hpp"

namespace millrace::gateway {

namespace {

/// Whether OTLP says to repeat a request that got this status.
bool may_repeat(std::uint16_t status) {
  return status == 429 || status == 502 || status == 503 || status == 504;
}

}  // namespace

TraceExporter::TraceExporter(net::EventLoop& loop, TraceExporterOptions options,
                             std::shared_ptr<const net::TlsTrust> trust,
                             metrics::TraceMetrics& counted, observe::Log& log)
    : loop_(loop),
      options_(std::move(options)),
      trust_(std::move(trust)),
      counted_(counted),
      log_(log),
      connections_(loop),
      timer_(loop, [this] { on_timer(); }),
      patience_(loop, [this] { finish_drain(); }) {
  head_.method = "POST";
  head_.has_body = true;
}

TraceExporter::~TraceExporter() = default;

void TraceExporter::add(tracing::Span span) {
  if (waiting_.size() >= kMostWaiting) return counted_.dropped.add();
  waiting_.push_back(std::move(span));
  if (batch_) return;
  if (on_drained_ && waiting_.empty()) return finish_drain();
  if (on_drained_ || waiting_.size() >= kMostInBatch) return begin_batch();
  if (std::exchange(timer_set_, true)) return;
  timer_.set_after(options_.interval);
}

void TraceExporter::flush() {
  if (!batch_ && !waiting_.empty()) begin_batch();
}

void TraceExporter::drain(std::function<void()> on_done) {
  on_drained_ = std::move(on_done);
  flush();
  if (!batch_) return finish_drain();
  patience_.set_after(kPatience);
}

void TraceExporter::finish_drain() {
  patience_.cancel();
  if (const auto done = std::exchange(on_drained_, nullptr)) done();
}

void TraceExporter::on_timer() {
  timer_set_ = false;
  // The repetition of a batch, or the next one.
  if (batch_) return send();
  if (!waiting_.empty()) begin_batch();
}

void TraceExporter::begin_batch() {
  timer_.cancel();
  timer_set_ = false;
  const auto count =
      static_cast<std::ptrdiff_t>(std::min<std::size_t>(waiting_.size(), kMostInBatch));
  const std::vector<tracing::Span> spans(std::make_move_iterator(waiting_.begin()),
                                         std::make_move_iterator(waiting_.begin() + count));
  waiting_.erase(waiting_.begin(), waiting_.begin() + count);
  batch_ = std::make_unique<Batch>();
  batch_->body = tracing::otlp_json(spans, options_.resource, options_.version);
  batch_->spans = spans.size();
  send();
}

void TraceExporter::send() {
  ++batch_->attempts;
  batch_->sent = 0;
  UpstreamCall call{.target = options_.collector,
                    .name = "the collector of traces",
                    .fields = options_.fields,
                    .timeout = options_.timeout,
                    .forwarding = Forwarding::rewrite};
  http::append_field(call.fields, "content-type", "application/json");
  http::append_field(call.fields, "content-length", std::to_string(batch_->body.size()));
  request_ = std::make_unique<UpstreamRequest>(loop_, connections_, std::move(call), head_, trust_,
                                               static_cast<ResponseSource::Observer&>(*this));
  request_->begin();
}

void TraceExporter::on_writable() {
  if (!batch_ || !request_) return;
  while (batch_->sent < batch_->body.size()) {
    const std::size_t room = request_->body_room();
    if (room == 0) return;
    const std::string_view piece = std::string_view(batch_->body).substr(batch_->sent, room);
    batch_->sent += piece.size();
    request_->send_body(piece, batch_->sent == batch_->body.size());
  }
}

void TraceExporter::on_response(const link::ResponseView& response, bool /*end*/) {
  const bool taken = response.status >= 200 && response.status < 300;
  end_attempt(taken, may_repeat(response.status),
              taken ? std::string() : "it responded with " + std::to_string(response.status));
}

void TraceExporter::on_body(std::string_view /*bytes*/, bool /*end*/) {}

void TraceExporter::on_failed(SourceFailure /*failure*/, std::string_view reason) {
  end_attempt(false, true, reason);
}

void TraceExporter::end_attempt(bool taken, bool repeat, std::string_view reason) {
  if (!batch_) return;
  if (!taken) warn(reason);
  if (!taken && repeat && batch_->attempts < kMostAttempts) {
    timer_set_ = true;
    timer_.set_after(options_.backoff * (1 << (batch_->attempts - 1)));
  } else {
    (taken ? counted_.exported : counted_.failed).add(batch_->spans);
    if (taken) failing_ = false;
    batch_.reset();
  }
  // The request is on the stack, and is destroyed later. Shared, because a task must be copyable.
  loop_.post([over = std::shared_ptr<UpstreamRequest>(std::move(request_))] {});
  if (batch_) return;
  if (waiting_.size() >= kMostInBatch) return begin_batch();
  if (waiting_.empty() || std::exchange(timer_set_, true)) return;
  timer_.set_after(options_.interval);
}

void TraceExporter::warn(std::string_view reason) {
  if (std::exchange(failing_, true)) return;
  log_.log(observe::Level::warn, "cannot send traces to " + options_.collector.server() +
                                     options_.collector.path + ": " + std::string(reason) +
                                     "; further failures are counted in metrics only");
}

}  // namespace millrace::gateway
