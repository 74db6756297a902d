// What an exchange tells logs and metrics about its request.
#include <string>
#include <utility>

#include "gateway/exchange.hpp"
#include "gateway/site.hpp"
#include "project/route.hpp"

namespace millrace::gateway {

namespace {

/// "GET /api/users": without the query, which may have secrets.
std::string name_of(const http::RequestHead& head) {
  std::string name(head.method);
  return name.append(" ").append(head.target.substr(0, head.target.find('?')));
}

/// Returns what is logged about a failure; empty where the log names it otherwise.
std::string_view note_on(SourceFailure failure) {
  switch (failure) {
    case SourceFailure::deadline:
      return " took longer than its maxDuration; the client gets a 504";
    case SourceFailure::bad_status:
      return " responded with a status below 200, which is not a final status; the client gets a "
             "502";
    case SourceFailure::bad_upgrade:
      return " switched to a protocol that the client has not offered; the client gets a 502";
    case SourceFailure::head_too_large:
      return " does not fit into a message to a worker; the client gets a 431";
    default:
      return {};
  }
}

}  // namespace

const project::Route* Exchange::matched_route() const {
  if (!facts_.route || !site_) return nullptr;
  const std::vector<project::Route>& routes = site_->manifest.routes;
  return *facts_.route < routes.size() ? &routes[*facts_.route] : nullptr;
}

observe::LoggedRequest Exchange::logged() const {
  const project::Route* const route = matched_route();
  return {.id = identity_.id(),
          .trace_id = identity_.trace_id(),
          .method = head_.method,
          .target = head_.target,
          .route = route == nullptr ? std::string_view() : std::string_view(route->path)};
}

void Exchange::describe(observe::RequestRecord& record) const {
  const observe::LoggedRequest request = logged();
  record.method = request.method;
  record.target = request.target;
  record.version = head_.version;
  record.id = request.id;
  record.trace_id = request.trace_id;
  record.route = request.route;
  record.origin = facts_.origin;
  record.cache = facts_.cache;
  record.queue = facts_.queue;
  record.middleware = facts_.middleware;
  record.handler = facts_.handler;
  if (facts_.asked_workers && site_->dispatcher) {
    record.pool = site_->dispatcher->pool_name(*facts_.route);
  }
}

void Exchange::end_source() {
  if (const auto* const worker = std::get_if<WorkerSource>(&source_)) {
    return facts_.end_worker(worker->waited(), worker->purpose() == WorkerCall::Purpose::middleware,
                             context_.loop().now());
  }
  facts_.end_source(context_.loop().now());
}

std::string Exchange::describe_route() const {
  const auto* const worker = std::get_if<WorkerSource>(&source_);
  if (worker != nullptr && worker->purpose() == WorkerCall::Purpose::middleware) {
    return "the middleware";
  }
  const project::Route* const route = matched_route();
  return route == nullptr ? "the request" : "the route " + route->path + " (" + route->file + ")";
}

void Exchange::log_failure(SourceFailure failure, std::string_view reason) {
  if (!reason.empty()) {
    return context_.log_of_request(observe::Level::error,
                                   name_of(head_) + ": " + std::string(reason), logged());
  }
  if (failure == SourceFailure::unavailable) {
    return context_.log_notice(
        Notice::unavailable, name_of(head_) + " gets a 503: no worker can run " + describe_route() +
                                 " now; others may, too (the pool's queue is full or its wait "
                                 "over, or its workers do not start)");
  }
  const std::string_view note = note_on(failure);
  if (note.empty()) return;
  context_.log_of_request(observe::Level::warn,
                          name_of(head_) + ": " + describe_route() + std::string(note), logged());
}

void Exchange::log_silence(std::chrono::seconds age) {
  if (response_.transport().begun()) return;
  const std::string_view where =
      waiting() ? " waits for the server's build or cache" : " is still waiting for a response";
  context_.log_of_request(observe::Level::warn,
                          name_of(head_) + ": " + describe_route() + std::string(where) +
                              " after " + std::to_string(age.count()) + " s",
                          logged());
}

}  // namespace millrace::gateway
