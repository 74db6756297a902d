#include "gateway/server.hpp"

#include <sys/resource.h>

#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <tuple>
#include <utility>

#include "base/ip_network.hpp"
#include "gateway/connection.hpp"
#include "gateway/exchange.hpp"
#include "gateway/site.hpp"
#include "http/date.hpp"

namespace millrace::gateway {

namespace {

/// Connections that are told why they are turned away, at a time; others are closed in silence.
constexpr std::size_t kMostTurnedAway = 64;
/// Idle connections closed at a time.
constexpr std::size_t kMostEvicted = 32;
/// Seconds without progress after which a client is cut for the memory it holds, where another is
/// refused some; no client that moves pauses for so long.
constexpr std::uint32_t kStandsStill = 5;
/// The same where memory is short and nobody asks.
constexpr std::uint32_t kStandsStillWhenShort = 2;
constexpr std::uint32_t kNoticeInterval = 60;

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

/// Descriptors that this process may have.
std::size_t descriptor_limit() {
  constexpr std::size_t kUnlimited = std::size_t{1} << 20U;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  return static_cast<std::size_t>(std::min<rlim_t>(limit.rlim_cur, kUnlimited));
}

/// Of a connection that says one thing and ends.
class Farewell final : public net::Stream::Observer {
 public:
  std::size_t on_bytes(std::string_view input) override { return input.size(); }
  void on_closed() override {}
  void on_drained() override {}
};

/// So many seconds in a row: workers let go of what a crowd has left later than it leaves.
constexpr int kTrims = 3;

/// For so many more connections the loop sets memory aside at a time.
constexpr std::size_t kMostReserved = 1024;

/// After so much less the allocator is asked to give free memory back to the system.
constexpr std::size_t kHeldWorthTrimming = std::size_t{4} * 1024 * 1024;
constexpr std::size_t kConnectionsWorthTrimming = 256;

}  // namespace

Server::Server(net::EventLoop& loop, ResponseCache& responses,
               std::shared_ptr<base::MemoryBudget> memory, ServerLimits limits, observe::Log& log)
    : loop_(loop),
      compression_(loop),
      responses_(responses),
      limits_(std::move(limits)),
      log_(log),
      memory_(std::move(memory)),
      clients_(client_limits()),
      sweep_timer_(loop, [this] { tick(); }),
      began_(net::Clock::now()) {
  refresh_clock();
  sweep_timer_.set_after(std::chrono::seconds(1));
}

Server::~Server() = default;

void Server::listen(std::vector<base::UniqueFd> sockets) {
  for (base::UniqueFd& socket : sockets) {
    listeners_.push_back(std::make_unique<net::Listener>(
        loop_, std::move(socket), [this](base::UniqueFd accepted, net::Peer peer) {
          accept(std::move(accepted), std::move(peer));
        }));
  }
}

ClientLimits Server::client_limits() const {
  const std::size_t all = descriptor_limit();
  return {.connections = limits_.connections,
          .connections_per_client = limits_.connections_per_client,
          .exempt = limits_.exempt_clients,
          .descriptors = all - std::min(limits_.descriptor_reserve, all / 2)};
}

void Server::set_limits(ServerLimits limits) {
  limits_ = std::move(limits);
  memory_->set_limit(limits_.memory);
  clients_.set_limits(client_limits());
}

void Server::accept(base::UniqueFd socket, net::Peer peer) {
  using Verdict = ClientTable::Verdict;
  ClientTable::Admission admission = clients_.admit(peer.address);
  if (admission.verdict != Verdict::admitted) {
    const bool own = admission.verdict == Verdict::client_full;
    if (evict_idle(own ? std::string_view(peer.address) : std::string_view())) {
      admission = clients_.admit(peer.address);
    }
  }
  if (admission.verdict != Verdict::admitted) {
    return turn_away(std::move(socket), peer, admission.verdict);
  }
  auto connection = std::make_unique<Connection>(*this, std::move(socket), std::move(peer),
                                                 std::move(admission.lease));
  Connection& accepted = *connection;
  connections_.emplace(&accepted, std::move(connection));
  most_connections_ = std::max(most_connections_, connections_.size());
  if (connections_.size() > reserved_) {
    const std::size_t more = std::min(reserved_, kMostReserved);
    loop_.reserve(more);
    reserved_ += more;
  }
  accepted.start();
  on_idle();
}

void Server::turn_away(base::UniqueFd socket, const net::Peer& peer, ClientTable::Verdict verdict) {
  const bool one = verdict == ClientTable::Verdict::client_full;
  if (one) {
    give_notice(Notice::client_full,
                peer.address + " has " + std::to_string(limits_.connections_per_client) +
                    " connections, more are answered 429 (millrace.toml, [limits] "
                    "connections_per_client, exempt_clients)");
  } else {
    give_notice(Notice::full, "there are " + std::to_string(clients_.connections()) +
                                  " connections, more are answered 503 (millrace.toml, [limits] "
                                  "connections; the limit of open files)");
  }
  if (*turned_away_ >= kMostTurnedAway) return;
  // finish() lets go of it.
  Farewell farewell;
  ++*turned_away_;
  const std::shared_ptr<const void> counted(nullptr,
                                            [count = turned_away_](const void*) { --*count; });
  const auto stream = net::Stream::adopt(loop_, std::move(socket), farewell, {},
                                         {.memory = nullptr, .descriptor = counted});
  stream->write(one ? kTooMany : kFull);
  stream->finish();
}

namespace {

/// Nothing for "", which stands for everybody.
std::optional<base::IpAddress> client_of(std::string_view address) {
  const auto parsed = base::IpAddress::parse(address);
  return parsed ? std::optional(parsed->client()) : std::nullopt;
}

}  // namespace

bool Server::evict_idle(std::string_view address) {
  if (none_idle_at_ == now_ + 1) return false;
  const auto client = client_of(address);
  bool any = false;
  std::vector<std::pair<std::uint32_t, Connection*>> idle;
  for (const auto& [connection, owned] : connections_) {
    const auto since = connection->idle_since();
    any = any || since.has_value();
    if (since && (!client || client_of(connection->peer().address) == client)) {
      idle.emplace_back(*since, connection);
    }
  }
  if (!any) none_idle_at_ = now_ + 1;
  if (idle.empty()) return false;
  // Some at once where there are many: to look for them costs a look at all.
  const std::size_t count =
      address.empty() ? std::clamp<std::size_t>(idle.size() / 8, 1, kMostEvicted) : 1;
  std::nth_element(idle.begin(), idle.begin() + static_cast<std::ptrdiff_t>(count - 1), idle.end());
  for (std::size_t i = 0; i < count; ++i) idle[i].second->evict();
  return true;
}

ClientTable::Lease Server::take_descriptor() {
  ClientTable::Lease lease = clients_.take_descriptor();
  if (!lease && evict_idle({})) lease = clients_.take_descriptor();
  if (!lease) {
    give_notice(Notice::descriptors,
                "all " + std::to_string(clients_.descriptors()) +
                    " descriptors that clients may take are in use; files and rewrites to other "
                    "servers are answered 503 (the limit of open files)");
  }
  return lease;
}

void Server::give_notice(Notice notice, std::string_view text) {
  std::uint32_t& at = noticed_[static_cast<std::size_t>(notice)];
  if (at != 0 && now_ + 1 - at < kNoticeInterval) return;
  at = now_ + 1;
  log_.say(observe::Level::warn, text);
}

void Server::on_bytes_held() {
  if (memory_->is_short()) loop_.at_turn_end(*this);
}

bool Server::make_room(const Exchange& asking) {
  const bool made = shed(kStandsStill, &asking);
  if (!made) {
    give_notice(Notice::memory,
                std::to_string(memory_->used()) +
                    " bytes are held for clients; requests that need more are answered 503 "
                    "(millrace.toml, [limits] memory)");
  }
  return made;
}

bool Server::shed(std::uint32_t seconds, const Exchange* asking) {
  using Holder = std::tuple<std::uint32_t, std::size_t, Connection*>;
  std::vector<Holder> holders;
  for (const auto& [connection, owned] : connections_) {
    if (asking != nullptr && !connection->may_go_for(*asking)) continue;
    const std::size_t bytes = connection->held_bytes();
    const std::uint32_t since = connection->stalled_since();
    // Of those who have stood still equally long, the one who holds most goes first.
    if (bytes > 0 && now_ - since >= seconds)
      holders.emplace_back(since, SIZE_MAX - bytes, connection);
  }
  std::sort(holders.begin(), holders.end());
  for (const auto& [since, order, connection] : holders) {
    if (!memory_->is_half_used()) break;
    connection->cut();
  }
  return !holders.empty();
}

void Server::serve(std::shared_ptr<const Site> site) {
  site_ = std::move(site);
  paused_ = false;
  for (Exchange* exchange : std::exchange(waiting_, {})) exchange->resume();
}

void Server::dequeue(Exchange& exchange) { std::erase(waiting_, &exchange); }

void Server::retire(Connection& connection) {
  retired_.push_back(&connection);
  loop_.at_turn_end(*this);
}

void Server::relieve() {
  if (!memory_->is_short()) return;
  bool cut = shed(kStandsStillWhenShort);
  // Past the limit there is no choice.
  if (memory_->used() > memory_->limit()) cut = shed(0) || cut;
  if (!cut) return;
  give_notice(Notice::memory,
              "clients that do not read are cut: what is held for clients has come near its limit "
              "(millrace.toml, [limits] memory)");
}

void Server::run_at_turn_end() {
  relieve();
  // Destroying a connection may abort its invocation, which never retires another.
  for (Connection* connection : std::exchange(retired_, {})) connections_.erase(connection);
  finish_if_empty();
}

void Server::refresh_clock() {
  now_ = static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::seconds>(net::Clock::now() - began_).count());
  date_ = http::format_http_date(std::time(nullptr));
}

std::shared_ptr<const net::TlsTrust> Server::trust() {
  if (trust_) return trust_;
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here changes the environment
  const char* const extra = std::getenv("NODE_EXTRA_CA_CERTS");
  auto loaded = net::TlsTrust::load(extra == nullptr ? "" : extra);
  if (loaded) {
    trust_ = std::move(loaded).value();
  } else {
    log_.say(observe::Level::error, loaded.error().message());
  }
  return trust_;
}

std::unique_ptr<ResponseSource> Server::make_upstream(UpstreamCall call,
                                                      const http::RequestHead& head,
                                                      ResponseSource::Observer& observer) {
  return std::make_unique<UpstreamRequest>(loop_, std::move(call), head, trust(), observer);
}

void Server::tick() {
  refresh_clock();
  sweep_timer_.set_after(std::chrono::seconds(1));
  const bool out_of_grace = shutting_down() && now_ >= shut_down_at_ + limits_.grace;
  for (const auto& [connection, owned] : connections_) {
    if (out_of_grace) {
      connection->cut();
    } else {
      connection->sweep();
    }
  }
  relieve();
  give_memory_back();
}

void Server::give_memory_back() {
  if (memory_->most() - memory_->used() >= kHeldWorthTrimming ||
      most_connections_ - connections_.size() >= kConnectionsWorthTrimming) {
    memory_->restart_most();
    most_connections_ = connections_.size();
    trims_left_ = kTrims;
  }
  if (trims_left_ == 0) return;
  --trims_left_;
  // What was freed lies between what is in use: the allocator gives none of it back by itself.
  ::malloc_trim(0);
}

void Server::shut_down(std::function<void()> on_done) {
  on_done_ = std::move(on_done);
  shut_down_at_ = now_;
  for (const auto& listener : listeners_) listener->stop();
  for (const auto& [connection, owned] : connections_) connection->end_when_idle();
  loop_.at_turn_end(*this);
}

void Server::finish_if_empty() {
  if (!shutting_down() || finished_ || !connections_.empty()) return;
  finished_ = true;
  on_done_();
}

}  // namespace millrace::gateway
