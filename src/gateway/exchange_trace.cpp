// What an exchange contributes to the trace of its request.
#include <variant>

#include "gateway/exchange.hpp"
#include "gateway/site.hpp"
#include "workers/dispatcher.hpp"

namespace millrace::gateway {

WorkerCall Exchange::traced(const WorkerCall& call) {
  WorkerCall traced = call;
  if (!trace_) return traced;
  const bool is_middleware = call.purpose == WorkerCall::Purpose::middleware;
  traced.fields =
      trace_->begin_call(is_middleware ? TracedCall::middleware : TracedCall::handler, call.fields);
  return traced;
}

void Exchange::end_traced_call() {
  if (!trace_) return;
  const auto* const worker = std::get_if<WorkerSource>(&source_);
  trace_->end_call(worker == nullptr ? std::chrono::nanoseconds(0) : worker->waited());
}

void Exchange::finish_trace(std::uint16_t status) {
  if (!trace_) return;
  end_traced_call();
  TracedResponse response{.status = status, .route = {}, .pool = {}};
  if (const project::Route* const route = matched_route()) response.route = route->path;
  trace_->finish(response);
}

}  // namespace millrace::gateway
