// Exchange is one request and its response: it chooses the source of the response, passes the
// request's body to it, and the response back. Every exchange ends in exactly one response or a cut
// connection, whatever happens to the source.
//
//   start ──► waits for a site ──► routing ──► one source: a worker, an upstream, the cache (where a
//                 ▲                 ▲   ▲      worker may first fill it), a file; or the server itself
//                 └── stale ────────┘   │        │
//                                       └────────┤ the middleware lets the request continue
//                                                ▼
//                                       the head is sent, then the body ──► complete, or cut
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "gateway/cache_fill.hpp"
#include "gateway/cached_route.hpp"
#include "gateway/client_response.hpp"
#include "gateway/compressing_transport.hpp"
#include "gateway/exchange_context.hpp"
#include "gateway/exchange_facts.hpp"
#include "gateway/paced_source.hpp"
#include "gateway/pending_fields.hpp"
#include "gateway/request_body.hpp"
#include "gateway/request_identity.hpp"
#include "gateway/request_tracer.hpp"
#include "gateway/resolution.hpp"
#include "gateway/response_source.hpp"
#include "gateway/resume_source.hpp"
#include "gateway/traffic_control.hpp"
#include "gateway/transport.hpp"
#include "gateway/worker_source.hpp"
#include "http/request_parser.hpp"
#include "metrics/route_labels.hpp"
#include "metrics/server_metrics.hpp"
#include "net/listener.hpp"
#include "routing/matcher.hpp"
#include "routing/path.hpp"

namespace millrace::project {
struct Route;
}

namespace millrace::gateway {

struct FoundFile;
struct Site;

/// Pinned in memory. Belongs to the loop's thread. Destroying it cancels what is in progress, as
/// when the client has left.
class Exchange final : private ResponseSource::Observer,
                       private CacheFill::Observer,
                       private CompressingTransport::Observer {
 public:
  /// All arguments, and what `head` points to, outlive the exchange.
  Exchange(ExchangeContext& context, Transport& transport, const http::RequestHead& head,
           const net::Peer& peer);
  ~Exchange() override = default;

  /// Starts. May end at once: see Transport.
  void start();

  /// Continues after the wait for a site, or for the route of one. May end at once.
  void resume();

  /// The number of request body bytes that the exchange can take now.
  [[nodiscard]] std::size_t body_room() const {
    const ResponseSource* const to = source();
    return to != nullptr ? body_.room(*to) : 0;
  }

  /// Takes a piece of the request's body, at most body_room() bytes.
  void on_request_body(std::string_view bytes, bool end);

  /// The client has taken all bytes given to the transport.
  void on_sent();

  /// The server shuts down, and the exchange is a tunnel: it is to be closed soon.
  void drain() {
    if (ResponseSource* const from = source()) from->drain();
  }

  // For logs and metrics.
  [[nodiscard]] const RequestIdentity& identity() const { return identity_; }
  /// Fills in what the exchange knows. The views are valid as long as the exchange.
  void describe(observe::RequestRecord& record) const;
  /// Logs that the request has no response yet after `age`, if that is so.
  void log_silence(std::chrono::seconds age);
  /// The label in metrics of what responds.
  [[nodiscard]] metrics::RouteLabels::Number label() const { return label_; }

  /// Ends the request's trace, if there is one. `status`: 0 without a complete response. Call once.
  void finish_trace(std::uint16_t status);

  /// Bytes that it holds of the request's body, and of a response that waits to be compressed.
  [[nodiscard]] std::size_t held_bytes() const {
    return body_.held_bytes() + response_.transport().held_bytes();
  }

  /// Whether it waits for a site, a route or the cache, which then point to it.
  [[nodiscard]] bool waiting() const {
    const auto* const fill = std::get_if<CacheFill>(&source_);
    return std::holds_alternative<Place>(source_) || std::holds_alternative<RouteWait>(source_) ||
           (fill != nullptr && fill->waiting());
  }

 private:
  /// Its entry in the queue of exchanges that wait for a site.
  class Place {
   public:
    Place(ExchangeContext& context, Exchange& exchange) : context_(context), exchange_(exchange) {
      context_.enqueue(exchange_);
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() { context_.dequeue(exchange_); }

   private:
    ExchangeContext& context_;
    Exchange& exchange_;
  };

  /// It waits for the development server to compile its route.
  struct RouteWait {
    RouteWait(ExchangeContext& context, Exchange& exchange, routing::Match wanted)
        : place(context, exchange), match(std::move(wanted)) {}

    Place place;
    routing::Match match;
  };

  using UpstreamSource = std::unique_ptr<ResponseSource>;

  // Choosing the source of the response.
  /// Responds to what is for the server itself: see edge.hpp. Returns false where the site responds.
  [[nodiscard]] bool respond_at_edge();
  /// Responds by this site from now on.
  void use_site(std::shared_ptr<const Site> site);
  void route();
  /// Applies the rules for requests by their path, once. Returns whether the site responds; otherwise
  /// the response has been sent.
  [[nodiscard]] bool admit(TrafficControl& traffic, const routing::PathResult& path);
  /// Whether the request gives way to others, because the workers of the route have too much to do.
  [[nodiscard]] bool gives_way(std::uint32_t route);
  /// Responds to a request of the development server's own pages.
  void respond_for(const DevelopmentPages& pages);
  void take(Resolution::Step step);
  void respond_unrouted();
  /// Returns the request's path; views point into the scratch.
  [[nodiscard]] routing::PathResult normalised_path();
  /// Whether the project has listeners for this request, if no route matches it.
  [[nodiscard]] bool is_listened_to() const;
  /// Passes the request to the project's listeners, as one that no route matches.
  void pass_to_listeners();
  /// Responds to a request that none of the project's listeners has taken.
  void respond_unlistened();
  void respond_to_health_check();
  /// Responds that nothing is at the path of a page's data, as Next.js's client expects it.
  void respond_without_data();
  /// Responds with the page for paths that nothing else matches.
  void respond_with_not_found_page(std::uint32_t route);
  /// Responds with the project's page for a failed request. Returns false where it has none.
  [[nodiscard]] bool respond_with_failure_page(std::uint16_t status);
  /// Responds with the route, or with the cache for it.
  void respond_with_route(const routing::Match& match, std::string_view fields);
  /// Waits until the route is compiled.
  void wait_for_route(const routing::Match& match);
  /// Responds with the route that it has waited for, or is routed again where there are others now.
  void respond_after_wait(const routing::Match& match);
  /// Responds to a request for an optimised image.
  void respond_with_image(std::uint32_t route, std::string_view fields);
  /// Returns false where the route itself must respond.
  [[nodiscard]] bool respond_from_cache(const CacheVerdict& verdict);
  /// Returns false where the file does not exist.
  [[nodiscard]] bool respond_with_file(const FoundFile& found);
  /// Chooses the compressed form of a file for the client.
  [[nodiscard]] StoredForm stored_form(const FoundFile& found) const;
  /// Returns the request's fields as the middleware has left them.
  [[nodiscard]] std::string_view request_fields() const {
    return resolution_ ? std::string_view(resolution_->fields()) : head_.fields;
  }
  /// Returns the request's fields as a worker is sent them for the route.
  [[nodiscard]] std::string_view fields_for_worker(std::string_view fields, std::uint32_t route);
  /// Returns the status with which a cached response is sent.
  [[nodiscard]] std::uint16_t status_of(const cache::CachedResponse& response) const;
  void invoke(const WorkerCall& call);
  /// Returns the call with the trace's context, if there is a trace.
  [[nodiscard]] WorkerCall traced(const WorkerCall& call);
  /// A part of the trace is over: the source has responded or failed.
  void end_traced_call();
  /// Forwards the request to the upstream that the resolution names.
  void forward();
  /// Forwards the request as received to the project's `next dev`; no fields are merged into its
  /// response.
  void forward_to_next_dev();
  /// Forwards the request as received to the site's upstream; no fields are merged into its
  /// response.
  void forward_to_upstream();
  void forward_as_received(UpstreamTarget server, std::string name,
                           std::chrono::milliseconds timeout);
  void start_upstream(UpstreamCall call);
  /// Returns null where no source is active or the server responds itself.
  [[nodiscard]] ResponseSource* source();
  [[nodiscard]] const ResponseSource* source() const;

  // Sending the response.
  void send_cached(const cache::SharedResponse& response, std::string_view state);
  /// Sends the shell of a page, and has a worker render the rest.
  void send_shell(const cache::SharedResponse& page, std::string_view fields);
  /// Sends a cached response as fast as the client takes it.
  void send_cached_with(const cache::SharedResponse& response, std::string_view fields,
                        Precedence precedence);
  /// Forwards the source's response.
  void forward_response(const link::ResponseView& response, std::string_view fields, bool end,
                        Precedence precedence);
  /// The source has accepted the client's upgrade.
  void begin_tunnel(const link::ResponseView& response);
  void take_route_response(const WorkerSource& worker, const link::ResponseView& response,
                           bool end);
  void take_middleware_response(const link::ResponseView& response, bool end);
  void copy_body(std::string_view bytes, bool end);
  void account(std::size_t bytes);

  // Logs and metrics.
  [[nodiscard]] const project::Route* matched_route() const;
  [[nodiscard]] observe::LoggedRequest logged() const;
  /// Returns "the route /api/users (app/api/users/route.ts)", or what else the source runs.
  [[nodiscard]] std::string describe_route() const;
  /// The source has responded or failed: counts its time.
  void end_source();
  /// `reason` is the source's own, or empty.
  void log_failure(SourceFailure failure, std::string_view reason);

  // ResponseSource::Observer
  void on_inform(std::string_view fields) override;
  void on_response(const link::ResponseView& response, bool end) override;
  void on_body(std::string_view bytes, bool end) override;
  void on_writable() override {
    if (body_.pump(*source())) response_.transport().want_body();
  }
  void on_failed(SourceFailure failure, std::string_view reason) override;

  // CacheFill::Observer
  void on_filled(const cache::SharedResponse& response) override {
    end_source();
    if (response->evaluated || !response->postponed.empty()) {
      return send_cached(response, fill_state(*response));
    }
    send_cached_with(response, response->fields, Precedence::response);
  }

  /// Whether the request came in the clear to a listener that redirects to HTTPS.
  [[nodiscard]] bool is_redirected() const {
    return peer_.entry == net::Entry::redirect && !peer_.is_secure();
  }

  // CompressingTransport::Observer
  void on_compressed() override { on_sent(); }

  ExchangeContext& context_;
  ClientResponse response_;
  const http::RequestHead& head_;
  const net::Peer& peer_;
  RequestIdentity identity_;
  ExchangeFacts facts_;
  /// Null where no traces are made.
  std::unique_ptr<ExchangeTrace> trace_;
  /// What the rules for requests by their path have decided; null without rules.
  std::unique_ptr<Admission> admission_;
  /// Keeps the site that the source's route numbers refer to.
  std::shared_ptr<const Site> site_;
  /// Set only on a site with rules or a middleware.
  std::unique_ptr<Resolution> resolution_;
  /// The site that `resolution_` refers to, if it is not `site_`.
  std::shared_ptr<const Site> resolution_site_;
  /// The request's fields with those for workers only, or with its id; empty where there are none of
  /// these.
  std::string worker_fields_;
  RequestBody body_;
  std::variant<std::monostate, Place, RouteWait, WorkerSource, ResumeSource, UpstreamSource,
               CacheFill, CachedSource, FileSource>
      source_;
  /// What the response from the cache is of.
  StaticTarget target_;
  /// The status of a response that has none of its own: that of the middleware, or of a failure.
  std::uint16_t initial_status_ = 200;
  metrics::RouteLabels::Number label_ = metrics::RouteLabels::kNone;
  /// Bytes of the source's response that the transport has and that the source has no credit for
  /// yet.
  std::size_t unaccounted_ = 0;
  /// Bytes of 103 responses; at most kMaxHintBytes.
  std::uint16_t hint_bytes_ = 0;
  /// Set from the 101 response on.
  std::optional<metrics::TunnelMetrics::Open> tunnel_;
};

}  // namespace millrace::gateway
