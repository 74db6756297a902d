// Exchange is one request and its response: it finds out whose the response is, and leads the
// request's body there and the response back. Every exchange ends in exactly one response or a cut
// connection, whatever happens to the source.
//
//   start ──► waits for a site ──► routing ──► one source: a worker, another server, the cache (which
//                 ▲                 ▲   ▲      may have to be filled), a file; or the server itself
//                 └── stale ────────┘   │        │
//                                       └────────┤ the middleware says how the request goes on
//                                                ▼
//                                       the head is sent, then the body ──► complete, or cut
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "gateway/cache_fill.hpp"
#include "gateway/cached_route.hpp"
#include "gateway/client_response.hpp"
#include "gateway/compressing_transport.hpp"
#include "gateway/exchange_context.hpp"
#include "gateway/paced_source.hpp"
#include "gateway/pending_fields.hpp"
#include "gateway/request_body.hpp"
#include "gateway/resolution.hpp"
#include "gateway/response_source.hpp"
#include "gateway/transport.hpp"
#include "gateway/worker_source.hpp"
#include "http/request_parser.hpp"
#include "net/listener.hpp"

namespace millrace::gateway {

struct FoundFile;
struct Site;

/// Pinned in memory. Belongs to the loop's thread. Destroying it ends what is under way, as a client
/// that has gone.
class Exchange final : private ResponseSource::Observer,
                       private CacheFill::Observer,
                       private CompressingTransport::Observer {
 public:
  /// All outlive the exchange, with what `head` points to.
  Exchange(ExchangeContext& context, Transport& transport, const http::RequestHead& head,
           const net::Peer& peer);
  ~Exchange() override = default;

  /// Begins. May end at once: see Transport.
  void start();

  /// Goes on after it has waited for a site. May end at once.
  void resume() { route(); }

  /// How many bytes of request body it can take now.
  [[nodiscard]] std::size_t body_room() const {
    const ResponseSource* const to = source();
    return to != nullptr ? body_.room(*to) : 0;
  }

  /// A piece of the request's body, at most body_room() bytes.
  void on_request_body(std::string_view bytes, bool end);

  /// All that was given to the transport has left.
  void on_sent();

  /// Bytes that it keeps of the request, and of a response that waits to be compressed.
  [[nodiscard]] std::size_t held_bytes() const {
    return body_.held_bytes() + response_.transport().held_bytes();
  }

  /// Whether it waits for a site or for the cache, which hold on to it.
  [[nodiscard]] bool waits() const {
    const auto* const fill = std::get_if<CacheFill>(&source_);
    return std::holds_alternative<Place>(source_) || (fill != nullptr && fill->waits());
  }

 private:
  /// Its place among those that wait for a site.
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

  using UpstreamSource = std::unique_ptr<ResponseSource>;

  // Whose the response is.
  void route();
  void take(Resolution::Step step);
  void answer_unrouted();
  /// By the page that stands for paths that nothing is for.
  void answer_not_found(std::uint32_t route);
  /// By the route, or by the cache for it.
  void answer_with_route(const routing::Match& match, std::string_view fields);
  /// False where the response is the route's own.
  [[nodiscard]] bool answers_from_cache(const CacheVerdict& verdict);
  /// False where there is no such file.
  [[nodiscard]] bool answers_with_file(const FoundFile& found);
  void invoke(const WorkerCall& call);
  /// To the server that the resolution leads to.
  void pass_on();
  /// As the request came, to the project's `next dev`, whose response is all of the response.
  void pass_to_next_dev();
  void start_upstream(UpstreamTarget target, std::string name, std::string fields,
                      std::chrono::milliseconds patience);
  /// Null where there is none, or the server answers itself.
  [[nodiscard]] ResponseSource* source();
  [[nodiscard]] const ResponseSource* source() const;

  // What it is.
  void send_cached(const cache::SharedResponse& response, std::string_view state);
  /// As fast as the client takes it.
  void send_kept(const cache::SharedResponse& response, std::string_view fields,
                 Precedence precedence);
  /// Passes on what the source gives.
  void pass_response(const link::ResponseView& response, std::string_view fields, bool end,
                     Precedence precedence);
  void take_route_response(const WorkerSource& worker, const link::ResponseView& response,
                           bool end);
  void take_middleware_response(const link::ResponseView& response, bool end);
  void copy_body(std::string_view bytes, bool end);
  void account(std::size_t bytes);

  // ResponseSource::Observer
  void on_response(const link::ResponseView& response, bool end) override;
  void on_body(std::string_view bytes, bool end) override;
  void on_writable() override {
    if (body_.pump(*source())) response_.transport().want_body();
  }
  void on_failed(SourceFailure failure, std::string_view reason) override;

  // CacheFill::Observer
  void on_filled(const cache::SharedResponse& response) override {
    if (response->evaluated) return send_cached(response, "MISS");
    send_kept(response, response->fields, Precedence::answer);
  }

  // CompressingTransport::Observer
  void on_compressed() override { on_sent(); }

  ExchangeContext& context_;
  ClientResponse response_;
  const http::RequestHead& head_;
  const net::Peer& peer_;
  /// Keeps what the source's numbers mean until it is over.
  std::shared_ptr<const Site> site_;
  /// Only on a site with rules.
  std::unique_ptr<Resolution> resolution_;
  RequestBody body_;
  std::variant<std::monostate, Place, WorkerSource, UpstreamSource, CacheFill, CachedSource,
               FileSource>
      source_;
  /// Bytes of the source's response that were given to the transport and that it was not yet told of.
  std::size_t unaccounted_ = 0;
};

}  // namespace millrace::gateway
