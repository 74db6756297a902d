#include "gateway/server.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <utility>

#include "gateway/connection.hpp"
#include "gateway/exchange.hpp"
#include "gateway/site.hpp"
#include "http/date.hpp"

namespace millrace::gateway {

Server::Server(net::EventLoop& loop, ResponseCache& responses, ServerLimits limits,
               observe::Log& log)
    : loop_(loop),
      compression_(loop),
      responses_(responses),
      limits_(limits),
      log_(log),
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

void Server::accept(base::UniqueFd socket, net::Peer peer) {
  auto connection = std::make_unique<Connection>(*this, std::move(socket), std::move(peer));
  Connection& accepted = *connection;
  connections_.emplace(&accepted, std::move(connection));
  accepted.start();
}

void Server::serve(std::shared_ptr<const Site> site) {
  site_ = std::move(site);
  holding_ = false;
  for (Exchange* exchange : std::exchange(held_, {})) exchange->resume();
}

void Server::release(Exchange& exchange) { std::erase(held_, &exchange); }

void Server::retire(Connection& connection) {
  retired_.push_back(&connection);
  loop_.at_turn_end(*this);
}

void Server::run_at_turn_end() {
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
