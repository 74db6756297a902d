// Server is one loop's gateway: it accepts connections on its listeners, keeps them, and holds what
// their exchanges share — the site of the moment, the clock of the sweep.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/memory_budget.hpp"
#include "base/unique_fd.hpp"
#include "gateway/client_table.hpp"
#include "gateway/compression_queue.hpp"
#include "gateway/development_hosts.hpp"
#include "gateway/exchange_context.hpp"
#include "gateway/limits.hpp"
#include "gateway/response_cache.hpp"
#include "net/event_loop.hpp"
#include "net/listener.hpp"
#include "net/timer.hpp"
#include "net/tls_client.hpp"
#include "observe/log.hpp"

namespace millrace::gateway {

class Connection;
class Exchange;
struct Site;

/// Belongs to the loop's thread. Outlived by loop, responses and log.
class Server final : public ExchangeContext, private net::TurnTask {
 public:
  /// `memory`: what is held for clients; its limit is the limits'.
  Server(net::EventLoop& loop, ResponseCache& responses, std::shared_ptr<base::MemoryBudget> memory,
         ServerLimits limits, observe::Log& log);
  ~Server() override;

  /// Accepts connections on these sockets. Requests are held until there is a site.
  void listen(std::vector<base::UniqueFd> sockets);

  /// From now on these are the limits; what is held already stays.
  void set_limits(ServerLimits limits);

  /// From now on new requests are answered by `site`; held ones go on with it.
  void serve(std::shared_ptr<const Site> site);

  /// In development: which hosts are answered.
  void restrict_hosts(DevelopmentHosts hosts) { hosts_ = std::move(hosts); }

  /// A new site is on its way: requests wait for serve().
  void hold() { paused_ = true; }

  /// Connections that are kept, those that are only sending their last bytes left out.
  [[nodiscard]] std::size_t connections() const { return connections_.size(); }

  /// Stops accepting, ends idle connections, lets exchanges end, for at most the limits' grace;
  /// then calls `on_done` from the loop. Once.
  void shut_down(std::function<void()> on_done);

  // What follows is for connections and exchanges.

  /// A connection has no request to do with now.
  void on_idle() { none_idle_at_ = 0; }

  [[nodiscard]] bool shutting_down() const { return static_cast<bool>(on_done_); }
  [[nodiscard]] const ServerLimits& limits() const { return limits_; }

  /// Something is held that could not be refused: where memory runs short, clients that stand still
  /// are cut at the end of the turn.
  void on_bytes_held();

  /// Seconds since the server began: the sweep's clock, read for free.
  [[nodiscard]] std::uint32_t now() const { return now_; }
  /// The value of the Date field, at most a second old.
  [[nodiscard]] std::string_view date() const { return date_; }
  /// As ExchangeScratch.
  [[nodiscard]] std::string& output_scratch() { return output_scratch_; }

  // ExchangeContext
  [[nodiscard]] const std::shared_ptr<const Site>& site() const override { return site_; }
  [[nodiscard]] bool paused() const override { return paused_; }
  void enqueue(Exchange& exchange) override { waiting_.push_back(&exchange); }
  void dequeue(Exchange& exchange) override;
  [[nodiscard]] bool answers_host(std::string_view fields) const override {
    return !hosts_ || hosts_->answer(fields);
  }
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
  void say(observe::Level level, std::string_view text) override { log_.say(level, text); }
  void give_notice(Notice notice, std::string_view text) override;

  /// `connection` is closed: destroy it when the turn ends.
  void retire(Connection& connection);

 private:
  void accept(base::UniqueFd socket, net::Peer peer);
  void turn_away(base::UniqueFd socket, const net::Peer& peer, ClientTable::Verdict verdict);
  /// Closes the connections that have been idle longest; of one client where `address` names it. False
  /// where there is none.
  bool evict_idle(std::string_view address);
  /// Cuts the clients that have stood still longest, for `seconds` at least, until half of the memory
  /// is free. Whether there was one.
  bool shed(std::uint32_t seconds, const Exchange* asking = nullptr);
  void relieve();
  [[nodiscard]] ClientLimits client_limits() const;
  void tick();
  void give_memory_back();
  /// Whom to trust where requests are passed on over TLS; loaded when first asked for. Null where
  /// it cannot be loaded, which the log says.
  [[nodiscard]] std::shared_ptr<const net::TlsTrust> trust();
  void refresh_clock();
  void finish_if_empty();
  void run_at_turn_end() override;

  net::EventLoop& loop_;
  CompressionQueue compression_;
  ResponseCache& responses_;
  ServerLimits limits_;
  observe::Log& log_;
  std::shared_ptr<const net::TlsTrust> trust_;
  std::shared_ptr<const Site> site_;
  std::optional<DevelopmentHosts> hosts_;
  bool paused_ = true;
  /// For a site.
  std::vector<Exchange*> waiting_;
  std::vector<std::unique_ptr<net::Listener>> listeners_;
  std::unordered_map<Connection*, std::unique_ptr<Connection>> connections_;
  std::vector<Connection*> retired_;
  std::shared_ptr<base::MemoryBudget> memory_;
  ClientTable clients_;
  /// Sockets that still send why they are turned away.
  std::shared_ptr<std::size_t> turned_away_ = std::make_shared<std::size_t>(0);
  /// Server::now() of each notice, and one more; 0 for never.
  std::array<std::uint32_t, kNotices> noticed_{};
  /// Connections for which the loop has set memory aside.
  std::size_t reserved_ = 64;
  /// The most connections since memory was last given back.
  std::size_t most_connections_ = 0;
  int trims_left_ = 0;
  /// now_ + 1 when a look at all connections last found none idle; a crowd that is turned away must not
  /// cost a look each.
  std::uint32_t none_idle_at_ = 0;
  net::Timer sweep_timer_;
  net::Clock::time_point began_;
  std::uint32_t now_ = 0;
  std::uint32_t shut_down_at_ = 0;
  std::function<void()> on_done_;
  bool finished_ = false;
  std::string date_;
  std::string output_scratch_;
};

}  // namespace millrace::gateway
