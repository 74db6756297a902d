// WorkerSource is a response that a worker makes: one invocation of a route, of the middleware, or
// of a listener for requests that match no route.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/response_source.hpp"
#include "http/request_parser.hpp"
#include "net/listener.hpp"
#include "workers/dispatcher.hpp"
#include "workers/invocation.hpp"

namespace millrace::project {
struct Route;
}

namespace millrace::gateway {

struct Site;

/// What a worker is invoked for, besides the request itself.
struct WorkerCall {
  enum class Purpose : std::uint8_t {
    /// The response says how the request continues.
    middleware,
    route,
    /// A cached route with the cache bypassed, for a browser in draft mode.
    draft,
    /// The rest of a page whose shell has been sent. The request's body is the state that the page
    /// was postponed with.
    resume,
    /// The request matches no route.
    unrouted,
  };
  Purpose purpose = Purpose::route;
  /// The route's number on the link.
  std::uint32_t route = 0;
  std::string_view parameters;
  std::string_view fields;
  /// Offer the worker the client's upgrade.
  bool upgrade = false;
  /// Replaces the request's target, unless it is empty.
  std::string_view target = {};
  /// The request's id and trace, for the log.
  std::string_view id = {};
  std::string_view trace_id = {};
};

class WorkerSource final : public ResponseSource, private workers::Invocation::Observer {
 public:
  /// `site`, which has a dispatcher, `head` with what its views point to, `peer`, the call's fields,
  /// its target and `observer` outlive the source. The call's parameters are copied where the invocation is
  /// queued.
  WorkerSource(const Site& site, const http::RequestHead& head, const net::Peer& peer,
               const WorkerCall& call, ResponseSource::Observer& observer);

  [[nodiscard]] WorkerCall::Purpose purpose() const { return purpose_; }
  /// The invoked route; null for the middleware and for a request that matches no route.
  [[nodiscard]] const project::Route* route() const;

  /// Returns how long the invocation has waited until a worker took it; nullopt where none has.
  [[nodiscard]] const std::optional<net::Clock::duration>& waited() const {
    return invocation_.waited();
  }

  // ResponseSource
  void begin() override;
  [[nodiscard]] std::size_t body_room() const override { return invocation_.body_credit(); }
  void send_body(std::string_view bytes, bool end) override { invocation_.send_body(bytes, end); }
  void credit(std::size_t bytes) override { invocation_.consumed(bytes); }
  void drain() override { invocation_.drain(); }
  void cancel() override { invocation_.abort(link::AbortReason::client_gone); }

 private:
  // workers::Invocation::Observer
  void on_response(const link::ResponseView& response, bool end) override;
  void on_upgrade(std::string_view fields) override;
  void on_inform(std::string_view fields) override { observer_.on_inform(fields); }
  void on_body(std::string_view bytes, bool end) override { observer_.on_body(bytes, end); }
  void on_writable() override { observer_.on_writable(); }
  void on_failed(workers::Failure failure) override {
    observer_.on_failed(source_failure(failure), {});
  }

  const Site& site_;
  const http::RequestHead& head_;
  ResponseSource::Observer& observer_;
  WorkerCall::Purpose purpose_;
  workers::Invocation invocation_;
  /// A copy, set where the invocation is queued.
  std::string parameters_;
};

}  // namespace millrace::gateway
