// Server is the gateway of one event loop: it accepts connections on its listeners, owns them, and
// holds what their exchanges share, such as the current site and the clock.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/memory_budget.hpp"
#include "base/unique_fd.hpp"
#include "gateway/client_table.hpp"
#include "gateway/compression_queue.hpp"
#include "gateway/connection_rejector.hpp"
#include "gateway/connection_table.hpp"
#include "gateway/development_hosts.hpp"
#include "gateway/development_pages.hpp"
#include "gateway/edge.hpp"
#include "gateway/exchange_context.hpp"
#include "gateway/forwarded_client.hpp"
#include "gateway/heap_trimmer.hpp"
#include "gateway/host_patterns.hpp"
#include "gateway/limits.hpp"
#include "gateway/notice_log.hpp"
#include "gateway/pending_handshakes.hpp"
#include "gateway/pending_proxy_headers.hpp"
#include "gateway/request_tracer.hpp"
#include "gateway/response_cache.hpp"
#include "gateway/server_clock.hpp"
#include "gateway/trace_exporter.hpp"
#include "gateway/traffic_control.hpp"
#include "gateway/upstream_pool.hpp"
#include "metrics/server_metrics.hpp"
#include "net/event_loop.hpp"
#include "net/listener.hpp"
#include "net/stream.hpp"
#include "net/timer.hpp"
#include "net/tls_client.hpp"
#include "net/tls_server.hpp"
#include "observe/log.hpp"
#include "observe/request_id.hpp"
#include "observe/request_record.hpp"

namespace millrace::gateway {

class ClientConnection;
class Exchange;
struct Site;

/// Belongs to the loop's thread. Loop, response cache and log outlive it.
class Server final : public ExchangeContext, private net::TurnTask {
 public:
  /// `memory`: the budget of memory held for clients, with the limit of `limits`.
  Server(net::EventLoop& loop, ResponseCache& responses, std::shared_ptr<base::MemoryBudget> memory,
         ServerLimits limits, observe::Log& log);
  ~Server() override;

  /// Accepts connections on these sockets. Requests wait until a site is served.
  void listen(std::vector<base::UniqueFd> sockets, net::Entry entry = net::Entry::plain);

  /// Sets the certificates for connections that are accepted from now on by listeners with TLS. While
  /// it is null they are closed.
  void set_tls(std::shared_ptr<const net::TlsServer> tls) { entrance_.tls = std::move(tls); }

  void set_edge(EdgeOptions edge) { entrance_.edge = std::move(edge); }

  /// Replaces the rules for requests by their path. Call it after set_limits(), whose exempt clients it
  /// uses.
  void set_traffic(const project::TrafficSettings& rules);

  /// Replaces the limits. Connections and memory that exceed the new limits are kept.
  void set_limits(ServerLimits limits);

  /// Replaces the trusted proxies and allowed hosts, for requests that arrive from now on.
  void set_proxies(const project::ProxyKeys& keys);

  /// Serves `site` to new requests and resumes the waiting ones.
  void serve(std::shared_ptr<const Site> site);

  /// Restricts the hosts that the server responds to, in development.
  void restrict_hosts(DevelopmentHosts hosts) { development_.hosts = std::move(hosts); }

  /// Describes errors to browsers and other clients, in development.
  void set_development(DevelopmentPages pages) { development_.pages = std::move(pages); }

  /// Reports each request to `observer` when it is over. The observer outlives the server.
  void add_observer(observe::RequestObserver& observer) { logs_.observers.push_back(&observer); }
  [[nodiscard]] const std::vector<observe::RequestObserver*>& observers() const {
    return logs_.observers;
  }

  /// Turns request ids on or off, for requests that arrive from now on.
  void identify_requests(bool on);

  /// A request without a response for this long is logged, once; 0: never.
  void set_silence(std::chrono::seconds limit) { logs_.silence = limit; }
  [[nodiscard]] std::chrono::seconds silence() const { return logs_.silence; }
  /// Makes traces of the requests that arrive from now on: the share `ratio` of those whose client
  /// has no trace. Call at most once.
  void trace(double ratio, TraceExporterOptions options);
  /// Exports the spans that wait, then calls `on_done`, in a few seconds in any case.
  void drain_traces(std::function<void()> on_done);

  /// Holds back new requests until serve() is called.
  void pause() { gate_.paused = true; }

  /// Calls `on_wanted` with the file of a route that a request waits for, because it is not
  /// compiled. A site that contains the route must be served then, but not during the call.
  void compile_with(std::function<void(const std::string& file)> on_wanted) {
    gate_.on_wanted = std::move(on_wanted);
  }

  /// The number of connections, without those that only send their last bytes.
  [[nodiscard]] std::size_t connections() const { return connections_.size(); }

  /// Returns the number of requests without a complete response; asks every connection.
  [[nodiscard]] std::size_t requests_in_flight() const;

  /// Stops accepting, closes idle connections and lets exchanges end, for at most the limits' grace
  /// period; then calls `on_done` from the loop. Call once.
  void shut_down(std::function<void()> on_done);

  // The functions below are for connections and exchanges.

  /// Registers that a connection has become idle and returns its turn; the lowest is evicted first.
  [[nodiscard]] std::uint64_t on_idle() { return connections_.on_idle(); }

  [[nodiscard]] bool shutting_down() const override { return shutdown_.has_value(); }
  [[nodiscard]] const ServerLimits& limits() const { return limits_; }

  /// The proxies whose word on the client counts; null where there are none.
  [[nodiscard]] const std::shared_ptr<const ProxyTrust>& proxies() const { return proxied_.trust; }

  /// How the stream of a client's connection is read: its buffer holds a complete head and some
  /// input after it.
  [[nodiscard]] net::StreamOptions stream_options() const;

  /// Memory was taken that could not be refused. Where memory runs short, stalled clients are cut
  /// at the end of the turn.
  void on_bytes_held();

  /// Seconds since the server started, updated once a second.
  [[nodiscard]] std::uint32_t now() const { return clock_.now(); }
  /// The value of the Date field, at most a second old.
  [[nodiscard]] std::string_view date() const { return clock_.date(); }
  /// A buffer with the rules of ExchangeScratch.
  [[nodiscard]] std::string& output_scratch() { return output_scratch_; }

  // ExchangeContext
  [[nodiscard]] const std::shared_ptr<const Site>& site() const override { return gate_.site; }
  [[nodiscard]] bool paused() const override { return gate_.paused; }
  void enqueue(Exchange& exchange) override { gate_.waiting.push_back(&exchange); }
  void dequeue(Exchange& exchange) override;
  void want_route(const std::string& file) override {
    if (gate_.on_wanted) gate_.on_wanted(file);
  }
  [[nodiscard]] bool accepts_host(std::string_view fields) const override {
    return !development_.hosts || development_.hosts->accepts(fields);
  }
  [[nodiscard]] bool is_directed_here(std::string_view fields,
                                      const net::Peer& peer) const override {
    return proxied_.hosts.empty() || proxied_.accepts(fields, peer);
  }
  [[nodiscard]] const DevelopmentPages* development() const override {
    return development_.pages ? &*development_.pages : nullptr;
  }
  [[nodiscard]] RequestTracer* tracer() override { return measured_.tracer.get(); }
  [[nodiscard]] metrics::ServerMetrics& metrics() override { return measured_.metrics; }
  [[nodiscard]] const metrics::ServerMetrics& metrics() const { return measured_.metrics; }
  [[nodiscard]] const EdgeOptions& edge() const override { return entrance_.edge; }
  [[nodiscard]] TrafficControl* traffic() override {
    return entrance_.has_rules ? &entrance_.traffic : nullptr;
  }
  [[nodiscard]] const TrafficControl& traffic_control() const { return entrance_.traffic; }
  [[nodiscard]] ResponseCache& responses() override { return responses_; }
  [[nodiscard]] net::EventLoop& loop() override { return loop_; }
  [[nodiscard]] CompressionQueue& compression() override { return compression_; }
  [[nodiscard]] std::unique_ptr<ResponseSource> make_upstream(
      UpstreamCall call, const http::RequestHead& head,
      ResponseSource::Observer& observer) override;
  [[nodiscard]] const std::shared_ptr<base::MemoryBudget>& memory() const override {
    return memory_;
  }
  [[nodiscard]] bool make_room(const Exchange& asking) override;
  [[nodiscard]] ClientTable::Lease take_descriptor() override;
  [[nodiscard]] observe::RequestIds* request_ids() override { return logs_.ids.get(); }
  void log_of_request(observe::Level level, std::string_view text,
                      const observe::LoggedRequest& request) override {
    logs_.notices.log().log_of_request(level, text, request);
  }
  void log(observe::Level level, std::string_view text) override {
    logs_.notices.log().log(level, text);
  }
  void log_notice(Notice notice, std::string_view text) override {
    logs_.notices.log_notice(notice, text, now());
  }

  /// Serves the client of a connection that has begun with the preface of HTTP/2 from now on.
  /// `input` is what has been received; returns how much of it was consumed.
  std::size_t continue_with_http2(std::shared_ptr<net::Stream> stream, net::Peer peer,
                                  std::string_view input);

  /// Destroys a closed connection at the end of the turn.
  void destroy_later(ClientConnection& connection);

 private:
  /// Takes a connection as a listener accepted it.
  void accept(base::UniqueFd socket, net::Peer peer);
  /// A trusted proxy's connection has no valid header of the PROXY protocol and was closed.
  void on_no_header(const net::Peer& proxy);
  /// Admits or rejects a client, whose address is known.
  void accept_client(base::UniqueFd socket, net::Peer peer);
  /// Finds a place for a connection of that address.
  [[nodiscard]] ClientTable::Admission find_place(const std::string& address);
  /// Begins with an admitted client, by TLS or at once.
  void admit(base::UniqueFd socket, PendingHandshakes::Client client);
  void on_handshake_ended(net::TlsHandshake::Result result, PendingHandshakes::Client client);
  /// Frees a place for a client: of `address`, or of any where it is empty.
  [[nodiscard]] bool make_place(std::string_view address);
  /// Serves the client of an established stream. The protocol is stream.alpn().
  void connect(std::shared_ptr<net::Stream> stream, net::Peer peer);
  void reject(base::UniqueFd socket, const net::Peer& peer, ClientTable::Verdict verdict);
  void free_memory();
  [[nodiscard]] ClientLimits client_limits() const;
  void tick();
  void set_tick(net::Clock::time_point now);
  /// Returns the certificate authorities for upstreams over TLS; loads them at the first call. Null
  /// where they cannot be loaded, which is logged.
  [[nodiscard]] std::shared_ptr<const net::TlsTrust> trust();
  void finish_if_empty();
  void run_at_turn_end() override;

  /// The site for new requests, and the exchanges that wait for one, or for a route of one.
  struct Gate {
    std::shared_ptr<const Site> site;
    bool paused = true;
    std::vector<Exchange*> waiting;
    /// Empty where all routes are compiled.
    std::function<void(const std::string& file)> on_wanted;
  };

  /// Of a development server; empty in production.
  struct Development {
    std::optional<DevelopmentHosts> hosts;
    std::optional<DevelopmentPages> pages;
  };

  struct Logs {
    NoticeLog notices;
    std::vector<observe::RequestObserver*> observers = {};
    /// Null where request ids are off.
    std::unique_ptr<observe::RequestIds> ids = nullptr;
    std::chrono::seconds silence{0};
  };

  struct Measured {
    metrics::ServerMetrics metrics;
    /// Both are null where no traces are made.
    std::unique_ptr<TraceExporter> exporter;
    std::unique_ptr<RequestTracer> tracer;
  };

  /// What happens to a connection before its first request, and to a request before the site.
  struct Entrance {
    std::vector<std::unique_ptr<net::Listener>> listeners;
    /// Of trusted proxies, where they speak the PROXY protocol.
    PendingProxyHeaders headers;
    PendingHandshakes handshakes;
    /// For the next handshakes; null where there are no certificates.
    std::shared_ptr<const net::TlsServer> tls;
    EdgeOptions edge;
    ConnectionRejector rejector;
    TrafficControl traffic;
    bool has_rules = false;
  };

  /// Which proxies are trusted, and which hosts are served.
  struct Proxied {
    Proxied() = default;
    explicit Proxied(const project::ProxyKeys& keys);
    [[nodiscard]] bool accepts(std::string_view fields, const net::Peer& peer) const;

    /// Null where none is trusted.
    std::shared_ptr<const ProxyTrust> trust;
    /// Whether connections of trusted proxies begin with a header of the PROXY protocol.
    bool headers = false;
    /// Empty where every host is served.
    HostPatterns hosts;
  };

  /// What happens once a second.
  struct Sweep {
    net::Timer timer;
    net::Clock::time_point due{};
  };

  struct Shutdown {
    std::uint32_t began = 0;
    /// Null once it was called.
    std::function<void()> on_done;
  };

  Measured measured_;
  net::EventLoop& loop_;
  CompressionQueue compression_;
  ResponseCache& responses_;
  ServerLimits limits_;
  Proxied proxied_;
  Logs logs_;
  ServerClock clock_;
  std::shared_ptr<const net::TlsTrust> trust_;
  Gate gate_;
  Development development_;
  UpstreamPool upstreams_;
  Entrance entrance_;
  ConnectionTable connections_;
  std::shared_ptr<base::MemoryBudget> memory_;
  ClientTable clients_;
  HeapTrimmer trimmer_;
  Sweep sweep_;
  std::optional<Shutdown> shutdown_;
  std::string output_scratch_;
};

}  // namespace millrace::gateway
