// ExchangeContext is what an exchange needs of the server that it belongs to: the site in service, the
// cache, what is shared out among clients, the log. Tests have one without a socket.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/memory_budget.hpp"
#include "gateway/client_table.hpp"
#include "gateway/compression_queue.hpp"
#include "gateway/notice_log.hpp"
#include "gateway/response_cache.hpp"
#include "gateway/response_source.hpp"
#include "gateway/upstream_request.hpp"
#include "http/request_parser.hpp"
#include "net/event_loop.hpp"
#include "observe/log.hpp"
#include "routing/matcher.hpp"

namespace millrace::gateway {

class Exchange;
struct Site;

/// Buffers used within one call of the loop, so that a request costs no allocation.
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

  /// The site that new requests are for. Not null unless paused().
  [[nodiscard]] virtual const std::shared_ptr<const Site>& site() const = 0;
  /// Whether requests wait for another site.
  [[nodiscard]] virtual bool paused() const = 0;
  /// `exchange` waits: Exchange::resume() is called when there is a site. Once for each wait.
  virtual void enqueue(Exchange& exchange) = 0;
  /// `exchange`, which may be waiting, waits no more.
  virtual void dequeue(Exchange& exchange) = 0;
  /// Whether a request with these fields is for a host that is answered.
  [[nodiscard]] virtual bool answers_host(std::string_view fields) const = 0;

  [[nodiscard]] virtual ResponseCache& responses() = 0;
  [[nodiscard]] virtual net::EventLoop& loop() = 0;
  [[nodiscard]] virtual CompressionQueue& compression() = 0;
  /// A request to another server, which its begin() sends; see UpstreamRequest.
  [[nodiscard]] virtual std::unique_ptr<ResponseSource> make_upstream(
      UpstreamCall call, const http::RequestHead& head, ResponseSource::Observer& observer) = 0;

  /// What is held for clients.
  [[nodiscard]] virtual const std::shared_ptr<base::MemoryBudget>& memory() const = 0;
  /// Memory was refused: cuts clients that have stood still for a while, but not `asking`. Whether
  /// that gave some back.
  [[nodiscard]] virtual bool make_room(const Exchange& asking) = 0;
  /// For a file or a connection to another server, for a client's sake; idle connections make room.
  /// Null where there is none: 503.
  [[nodiscard]] virtual ClientTable::Lease take_descriptor() = 0;

  virtual void say(observe::Level level, std::string_view text) = 0;
  /// Says `text` as a warning unless the same notice was given within a minute.
  virtual void give_notice(Notice notice, std::string_view text) = 0;

 private:
  ExchangeScratch scratch_;
};

}  // namespace millrace::gateway
