#include "gateway/server.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <thread>
#include <utility>

#include "gateway/connection.hpp"
#include "gateway/exchange.hpp"
#include "gateway/http2_connection.hpp"
#include "gateway/site.hpp"

namespace millrace::gateway {

namespace {

/// Seconds without progress after which a client can be cut to free memory for another's request;
/// no active client pauses that long.
constexpr std::uint32_t kStandsStill = 5;
/// The same where memory runs short without such a request.
constexpr std::uint32_t kStandsStillWhenShort = 2;
/// The read buffer of an idle connection, and the bound to which requests are read ahead.
constexpr net::StreamOptions kClientStreamOptions{.initial_buffer = 4096, .maximum_buffer = 65536};
/// Seconds after which a handshake is slow: a client needs two round trips.
constexpr std::uint32_t kSlowHandshake = 2;
constexpr std::string_view kNoTls =
    "HTTP/1.1 400 Bad Request\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n"
    "Content-Length: 54\r\nConnection: close\r\n\r\n"
    "Bad Request: this port speaks HTTPS; use an https URL\n";
constexpr std::string_view kTooMany =
    "HTTP/1.1 429 Too Many Requests\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n"
    "Content-Length: 54\r\nRetry-After: 1\r\nConnection: close\r\n\r\n"
    "Too Many Requests: too many connections of one client\n";
constexpr std::string_view kFull =
    "HTTP/1.1 503 Service Unavailable\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n"
    "Content-Length: 42\r\nRetry-After: 1\r\nConnection: close\r\n\r\n"
    "Service Unavailable: too many connections\n";

/// Returns the process's limit of open descriptors.
std::size_t descriptor_limit() {
  constexpr std::size_t kUnlimited = std::size_t{1} << 20U;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  return static_cast<std::size_t>(std::min<rlim_t>(limit.rlim_cur, kUnlimited));
}

/// A processor stays for the loop, and workers need some too.
std::size_t compression_threads() {
  constexpr unsigned kMostThreads = 2;
  return std::min(kMostThreads, std::max(1U, std::thread::hardware_concurrency()) - 1);
}

}  // namespace

Server::Server(net::EventLoop& loop, ResponseCache& responses,
               std::shared_ptr<base::MemoryBudget> memory, ServerLimits limits, observe::Log& log)
    : loop_(loop),
      compression_(loop, compression_threads()),
      responses_(responses),
      limits_(std::move(limits)),
      logs_{.notices = NoticeLog(log)},
      upstreams_(loop),
      entrance_{.listeners = {},
                .headers = PendingProxyHeaders(
                    loop,
                    [this](base::UniqueFd socket, net::Peer peer) {
                      accept_client(std::move(socket), std::move(peer));
                      if (shutdown_) loop_.at_turn_end(*this);
                    },
                    [this](const net::Peer& peer) { on_no_header(peer); }),
                .handshakes = PendingHandshakes(
                    loop, memory,
                    [this](net::TlsHandshake::Result result, PendingHandshakes::Client client) {
                      on_handshake_ended(std::move(result), std::move(client));
                    }),
                .tls = nullptr,
                .edge = {},
                .rejector = {},
                .traffic = TrafficControl([&loop] { return loop.now().time_since_epoch(); }),
                .has_rules = false},
      connections_(loop),
      memory_(std::move(memory)),
      clients_(client_limits()),
      sweep_{.timer = net::Timer(loop, [this] { tick(); })} {
  set_tick(net::Clock::now());
}

Server::~Server() = default;

void Server::listen(std::vector<base::UniqueFd> sockets, net::Entry entry) {
  for (base::UniqueFd& socket : sockets) {
    entrance_.listeners.push_back(std::make_unique<net::Listener>(
        loop_, std::move(socket), [this, entry](base::UniqueFd accepted, net::Peer peer) {
          peer.entry = entry;
          accept(std::move(accepted), std::move(peer));
        }));
  }
}

ClientLimits Server::client_limits() const {
  const std::size_t all = descriptor_limit();
  // A proxy has the connections of many clients.
  std::vector<base::IpNetwork> exempt = limits_.exempt_clients;
  if (proxied_.trust) {
    const std::vector<base::IpNetwork>& trusted = proxied_.trust->networks;
    exempt.insert(exempt.end(), trusted.begin(), trusted.end());
  }
  return {.connections = limits_.connections,
          .connections_per_client = limits_.connections_per_client,
          .exempt = std::move(exempt),
          .descriptors = all - std::min(limits_.descriptor_reserve, all / 2)};
}

void Server::set_limits(ServerLimits limits) {
  limits_ = std::move(limits);
  memory_->set_limit(limits_.memory);
  clients_.set_limits(client_limits());
}

void Server::set_traffic(const project::TrafficSettings& rules) {
  entrance_.has_rules = !rules.empty();
  entrance_.traffic.set_rules(rules, limits_.exempt_clients);
}

ClientTable::Admission Server::find_place(const std::string& address) {
  using Verdict = ClientTable::Verdict;
  ClientTable::Admission admission = clients_.admit(address);
  if (admission.verdict == Verdict::admitted) return admission;
  const bool own = admission.verdict == Verdict::client_full;
  const std::string_view whose = own ? std::string_view(address) : std::string_view();
  if ((!own && upstreams_.evict()) || make_place(whose)) admission = clients_.admit(address);
  return admission;
}

void Server::accept(base::UniqueFd socket, net::Peer peer) {
  if (!proxied_.headers || !proxied_.trust->trusts(peer.address)) {
    return accept_client(std::move(socket), std::move(peer));
  }
  ClientTable::Admission admission = find_place(peer.address);
  if (admission.verdict != ClientTable::Verdict::admitted) {
    return reject(std::move(socket), peer, admission.verdict);
  }
  entrance_.headers.add(std::move(socket), std::move(peer), std::move(admission.lease), now());
}

void Server::accept_client(base::UniqueFd socket, net::Peer peer) {
  ClientTable::Admission admission = find_place(peer.address);
  if (admission.verdict != ClientTable::Verdict::admitted) {
    return reject(std::move(socket), peer, admission.verdict);
  }
  measured_.metrics.connections.accepted.add();
  admit(std::move(socket), {.peer = std::move(peer), .lease = std::move(admission.lease)});
}

bool Server::make_place(std::string_view address) {
  // A client that is slow to begin gives way before one that has shown to be a client.
  return entrance_.handshakes.evict(address, kSlowHandshake, now()) ||
         connections_.evict_idle(address, now()) || entrance_.handshakes.evict(address, 0, now());
}

void Server::admit(base::UniqueFd socket, PendingHandshakes::Client client) {
  if (client.peer.entry == net::Entry::tls) {
    if (!entrance_.tls) return;
    return entrance_.handshakes.add(std::move(socket), entrance_.tls, std::move(client), now());
  }
  connect(net::Stream::adopt(loop_, std::move(socket), stream_options(),
                             {.memory = memory_, .descriptor = std::move(client.lease)}),
          std::move(client.peer));
}

void Server::on_handshake_ended(net::TlsHandshake::Result result,
                                PendingHandshakes::Client client) {
  using Kind = net::TlsHandshake::Result::Kind;
  metrics::TlsMetrics& counted = measured_.metrics.tls;
  if (result.kind == Kind::done) {
    (result.session->resumed() ? counted.resumed : counted.full).add();
    return connect(net::Stream::adopt(loop_, std::move(result.socket), std::move(result.session),
                                      stream_options(),
                                      {.memory = memory_, .descriptor = std::move(client.lease)}),
                   std::move(client.peer));
  }
  counted.failed.add();
  if (result.kind == Kind::plain_http)
    entrance_.rejector.reject(loop_, std::move(result.socket), kNoTls);
  if (shutdown_) loop_.at_turn_end(*this);
}

net::StreamOptions Server::stream_options() const {
  net::StreamOptions options = kClientStreamOptions;
  options.maximum_buffer =
      std::max(options.maximum_buffer, limits_.head_size + kClientStreamOptions.initial_buffer);
  return options;
}

void Server::connect(std::shared_ptr<net::Stream> stream, net::Peer peer) {
  std::unique_ptr<ClientConnection> connection;
  if (stream->alpn() == "h2") {
    connection = std::make_unique<Http2Connection>(*this, std::move(stream), std::move(peer));
  } else {
    connection = std::make_unique<Connection>(*this, std::move(stream), std::move(peer));
  }
  ClientConnection& accepted = connections_.add(std::move(connection));
  trimmer_.count(connections_.size());
  accepted.start();
}

std::size_t Server::continue_with_http2(std::shared_ptr<net::Stream> stream, net::Peer peer,
                                        std::string_view input) {
  auto connection = std::make_unique<Http2Connection>(*this, std::move(stream), std::move(peer));
  Http2Connection& added = *connection;
  connections_.add(std::move(connection));
  return added.take_first(input);
}

void Server::reject(base::UniqueFd socket, const net::Peer& peer, ClientTable::Verdict verdict) {
  const bool one = verdict == ClientTable::Verdict::client_full;
  (one ? measured_.metrics.connections.client_full : measured_.metrics.connections.server_full)
      .add();
  if (one) {
    log_notice(Notice::client_full,
               peer.address + " has " + std::to_string(limits_.connections_per_client) +
                   " connections; further ones get a 429 (millrace.toml, [limits] "
                   "connections_per_client, exempt_clients)");
  } else {
    log_notice(Notice::full, "there are " + std::to_string(clients_.connections()) +
                                 " connections; further ones get a 503 (millrace.toml, [limits] "
                                 "connections; the limit of open files)");
  }
  // In the clear it would mean nothing to a client of TLS.
  if (peer.entry == net::Entry::tls) return;
  entrance_.rejector.reject(loop_, std::move(socket), one ? kTooMany : kFull);
}

ClientTable::Lease Server::take_descriptor() {
  ClientTable::Lease lease = clients_.take_descriptor();
  if (!lease && (upstreams_.evict() || make_place({}))) {
    lease = clients_.take_descriptor();
  }
  if (!lease) {
    log_notice(Notice::descriptors,
               "all " + std::to_string(clients_.descriptors()) +
                   " file descriptors for clients are in use; requests for files and rewrites to "
                   "upstreams get a 503 (the limit of open files)");
  }
  return lease;
}

void Server::on_bytes_held() {
  if (memory_->is_short()) loop_.at_turn_end(*this);
}

bool Server::make_room(const Exchange& asking) {
  const bool made = connections_.cut_stalled(kStandsStill, now(), *memory_, &asking);
  if (!made) {
    log_notice(Notice::memory,
               std::to_string(memory_->used()) +
                   " bytes are held for clients; requests that need more memory get a 503 "
                   "(millrace.toml, [limits] memory)");
  }
  return made;
}

void Server::serve(std::shared_ptr<const Site> site) {
  gate_.site = std::move(site);
  gate_.paused = false;
  if (development_.pages) development_.pages->on_served(gate_.site->generation);
  for (Exchange* exchange : std::exchange(gate_.waiting, {})) exchange->resume();
}

void Server::identify_requests(bool on) {
  if (!on) return logs_.ids.reset();
  if (!logs_.ids) logs_.ids = std::make_unique<observe::RequestIds>();
}

void Server::dequeue(Exchange& exchange) { std::erase(gate_.waiting, &exchange); }

void Server::destroy_later(ClientConnection& connection) {
  connections_.destroy_later(connection);
  loop_.at_turn_end(*this);
}

void Server::free_memory() {
  if (!memory_->is_short()) return;
  bool cut = connections_.cut_stalled(kStandsStillWhenShort, now(), *memory_, nullptr);
  // Beyond the limit every stalled client is cut, however briefly it stalled.
  if (memory_->used() > memory_->limit())
    cut = connections_.cut_stalled(0, now(), *memory_, nullptr) || cut;
  if (!cut) return;
  log_notice(Notice::memory,
             "clients that do not read are cut: the memory held for clients is close to its limit "
             "(millrace.toml, [limits] memory)");
}

void Server::run_at_turn_end() {
  free_memory();
  connections_.destroy_closed();
  finish_if_empty();
}

std::shared_ptr<const net::TlsTrust> Server::trust() {
  if (trust_) return trust_;
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here changes the environment
  const char* const extra = std::getenv("NODE_EXTRA_CA_CERTS");
  auto loaded = net::TlsTrust::load(extra == nullptr ? "" : extra);
  if (loaded) {
    trust_ = std::move(loaded).value();
  } else {
    log(observe::Level::error, loaded.error().message());
  }
  return trust_;
}

void Server::trace(double ratio, TraceExporterOptions options) {
  const auto for_https = options.collector.secure ? trust() : nullptr;
  measured_.exporter = std::make_unique<TraceExporter>(loop_, std::move(options), for_https,
                                                       metrics().traces, logs_.notices.log());
  measured_.tracer = std::make_unique<RequestTracer>(ratio, *measured_.exporter);
}

void Server::drain_traces(std::function<void()> on_done) {
  if (!measured_.exporter) return on_done();
  measured_.exporter->drain(std::move(on_done));
}

std::unique_ptr<ResponseSource> Server::make_upstream(UpstreamCall call,
                                                      const http::RequestHead& head,
                                                      ResponseSource::Observer& observer) {
  return std::make_unique<UpstreamRequest>(loop_, upstreams_, std::move(call), head, trust(),
                                           observer);
}

void Server::set_tick(net::Clock::time_point now) {
  sweep_.due = now + std::chrono::seconds(1);
  sweep_.timer.set(sweep_.due);
}

void Server::tick() {
  clock_.refresh();
  const auto now_exactly = net::Clock::now();
  measured_.metrics.loop_delay.observe(now_exactly - sweep_.due);
  set_tick(now_exactly);
  const bool out_of_grace = shutdown_ && now() >= shutdown_->began + limits_.grace;
  entrance_.headers.close_older(out_of_grace ? 0 : limits_.handshake, now());
  measured_.metrics.tls.failed.add(
      entrance_.handshakes.close_older(out_of_grace ? 0 : limits_.handshake, now()));
  if (shutdown_) loop_.at_turn_end(*this);
  connections_.for_each([out_of_grace](ClientConnection& connection) {
    if (out_of_grace) {
      connection.cut();
    } else {
      connection.sweep();
    }
  });
  free_memory();
  trimmer_.tick(*memory_, connections_.size());
}

std::size_t Server::requests_in_flight() const {
  std::size_t count = 0;
  connections_.for_each(
      [&count](const ClientConnection& connection) { count += connection.requests(); });
  return count;
}

void Server::shut_down(std::function<void()> on_done) {
  shutdown_ = {.began = now(), .on_done = std::move(on_done)};
  for (const auto& listener : entrance_.listeners) listener->stop();
  connections_.for_each([](ClientConnection& connection) { connection.end_when_idle(); });
  loop_.at_turn_end(*this);
}

void Server::finish_if_empty() {
  if (!shutdown_ || !connections_.empty() || !entrance_.handshakes.empty() ||
      !entrance_.headers.empty()) {
    return;
  }
  // Calls it only once.
  if (const auto done = std::exchange(shutdown_->on_done, nullptr)) done();
}

}  // namespace millrace::gateway
