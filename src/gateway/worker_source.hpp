// WorkerSource is a response that a worker makes: one invocation of a route, of the middleware, or of
// whoever listens for requests that no route is for.
#pragma once

#include <cstdint>
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

/// What a worker is asked for, besides the request itself.
struct WorkerCall {
  enum class Purpose : std::uint8_t {
    /// Its response says how the request goes on.
    middleware,
    route,
    /// A route past its cache, for a browser in draft mode.
    draft,
    /// No route is for the request.
    unrouted,
  };
  Purpose purpose = Purpose::route;
  /// Its number on the link.
  std::uint32_t route = 0;
  std::string_view parameters;
  std::string_view fields;
};

class WorkerSource final : public ResponseSource, private workers::Invocation::Observer {
 public:
  /// `site`, which has a dispatcher, `head` with what its views point to, `peer`, the call's fields and
  /// `observer` outlive it. The call's parameters are copied where the invocation has to wait.
  WorkerSource(const Site& site, const http::RequestHead& head, const net::Peer& peer,
               const WorkerCall& call, ResponseSource::Observer& observer);

  [[nodiscard]] WorkerCall::Purpose purpose() const { return purpose_; }
  /// The route that is asked for; null where that is the middleware, or none.
  [[nodiscard]] const project::Route* route() const;

  // ResponseSource
  void begin() override;
  [[nodiscard]] std::size_t body_room() const override { return invocation_.body_credit(); }
  void send_body(std::string_view bytes, bool end) override { invocation_.send_body(bytes, end); }
  void credit(std::size_t bytes) override { invocation_.consumed(bytes); }
  void cancel() override { invocation_.abort(link::AbortReason::client_gone); }

 private:
  // workers::Invocation::Observer
  void on_response(const link::ResponseView& response, bool end) override;
  void on_body(std::string_view bytes, bool end) override { observer_.on_body(bytes, end); }
  void on_writable() override { observer_.on_writable(); }
  void on_failed(workers::Failure failure) override {
    observer_.on_failed(source_failure(failure), {});
  }

  const Site& site_;
  ResponseSource::Observer& observer_;
  WorkerCall::Purpose purpose_;
  workers::Invocation invocation_;
  /// Where the invocation waits.
  std::string parameters_;
};

}  // namespace millrace::gateway
