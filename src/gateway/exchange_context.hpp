// ExchangeContext is what an exchange uses of its server: the current site, the cache, the budgets
// shared by all clients, the log. Tests implement it without a socket.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/memory_budget.hpp"
#include "gateway/client_table.hpp"
#include "gateway/compression_queue.hpp"
#include "gateway/edge.hpp"
#include "gateway/notice_log.hpp"
#include "gateway/response_cache.hpp"
#include "gateway/response_source.hpp"
#include "gateway/upstream_request.hpp"
#include "http/request_parser.hpp"
#include "metrics/server_metrics.hpp"
#include "net/event_loop.hpp"
#include "net/listener.hpp"
#include "observe/log.hpp"
#include "observe/request_id.hpp"
#include "observe/request_record.hpp"
#include "routing/matcher.hpp"

namespace millrace::gateway {

class DevelopmentPages;
class Exchange;
class RequestTracer;
class TrafficControl;
struct Site;

/// Buffers for use within one call from the loop, so that a request needs no allocation.
struct ExchangeScratch {
  std::string fields;
  std::string path;
  routing::Match match;
};

/// Belongs to the loop's thread. Outlives its exchanges.
class ExchangeContext {
 public:
  ExchangeContext() = default;
  ExchangeContext(const ExchangeContext&) = delete;
  ExchangeContext& operator=(const ExchangeContext&) = delete;
  virtual ~ExchangeContext() = default;

  [[nodiscard]] ExchangeScratch& scratch() { return scratch_; }

  /// The site for new requests. Not null unless paused().
  [[nodiscard]] virtual const std::shared_ptr<const Site>& site() const = 0;
  /// Whether requests are held back until the next site is served.
  [[nodiscard]] virtual bool paused() const = 0;
  /// Queues `exchange` until a site is served; Exchange::resume() is called then. Once for each
  /// wait.
  virtual void enqueue(Exchange& exchange) = 0;
  /// Removes `exchange` from the queue if it is there.
  virtual void dequeue(Exchange& exchange) = 0;
  /// A request needs the route in this file (relative to the project), which is not compiled: has
  /// it compiled and a site served that contains it.
  virtual void want_route(const std::string& file) = 0;
  /// Whether the server responds to the host that these request fields name.
  [[nodiscard]] virtual bool accepts_host(std::string_view fields) const = 0;

  /// Returns whether the server is responsible for the Host of a request with these fields.
  [[nodiscard]] virtual bool is_directed_here(std::string_view fields,
                                              const net::Peer& peer) const = 0;

  /// The responses of a development server; null in production.
  [[nodiscard]] virtual const DevelopmentPages* development() const { return nullptr; }

  [[nodiscard]] virtual const EdgeOptions& edge() const = 0;

  /// The rules for requests by their path; null where there are none.
  [[nodiscard]] virtual TrafficControl* traffic() { return nullptr; }

  /// Whether the server is about to end.
  [[nodiscard]] virtual bool shutting_down() const = 0;
  /// Makes traces of requests; null where none are made.
  [[nodiscard]] virtual RequestTracer* tracer() { return nullptr; }
  /// Where the server counts.
  [[nodiscard]] virtual metrics::ServerMetrics& metrics() = 0;
  [[nodiscard]] virtual ResponseCache& responses() = 0;
  [[nodiscard]] virtual net::EventLoop& loop() = 0;
  [[nodiscard]] virtual CompressionQueue& compression() = 0;
  /// Makes a request to an upstream, which its begin() sends; see UpstreamRequest.
  [[nodiscard]] virtual std::unique_ptr<ResponseSource> make_upstream(
      UpstreamCall call, const http::RequestHead& head, ResponseSource::Observer& observer) = 0;

  /// Makes the ids of requests; null where request ids are off.
  [[nodiscard]] virtual observe::RequestIds* request_ids() { return nullptr; }

  /// The budget of memory held for clients.
  [[nodiscard]] virtual const std::shared_ptr<base::MemoryBudget>& memory() const = 0;
  /// Called where memory was refused: cuts clients that have stalled for a while, but not `asking`.
  /// Returns whether that freed memory.
  [[nodiscard]] virtual bool make_room(const Exchange& asking) = 0;
  /// Requests a descriptor for a file or an upstream connection, closing idle connections where
  /// necessary. Returns null where none is free; the response is 503 then.
  [[nodiscard]] virtual ClientTable::Lease take_descriptor() = 0;

  virtual void log(observe::Level level, std::string_view text) = 0;
  /// Logs a line about one request.
  virtual void log_of_request(observe::Level level, std::string_view text,
                              const observe::LoggedRequest& /*request*/) {
    log(level, text);
  }
  /// Logs `text` as a warning unless the same notice was logged within a minute.
  virtual void log_notice(Notice notice, std::string_view text) = 0;

 private:
  ExchangeScratch scratch_;
};

}  // namespace millrace::gateway
