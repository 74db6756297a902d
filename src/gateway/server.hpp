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
#include "gateway/limits.hpp"
#include "gateway/response_cache.hpp"
#include "net/event_loop.hpp"
#include "net/listener.hpp"
#include "net/timer.hpp"
#include "net/tls_client.hpp"
#include "observe/log.hpp"
#include "routing/matcher.hpp"

namespace millrace::gateway {

class Connection;
class Exchange;
struct Site;

/// What the log says at most once a minute: whoever runs into a limit does so again and again.
enum class Notice : std::uint8_t { client_full, full, descriptors, memory, file };
inline constexpr std::size_t kNotices = 5;

/// Belongs to the loop's thread. Outlived by loop, responses and log.
class Server final : private net::TurnTask {
 public:
  /// `memory`: what is held for clients; its limit is the limits'.
  Server(net::EventLoop& loop, ResponseCache& responses, std::shared_ptr<base::MemoryBudget> memory,
         ServerLimits limits, observe::Log& log);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
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
  void hold() { holding_ = true; }

  /// Connections that are kept, those that are only sending their last bytes left out.
  [[nodiscard]] std::size_t connections() const { return connections_.size(); }

  /// Stops accepting, ends idle connections, lets exchanges end, for at most the limits' grace;
  /// then calls `on_done` from the loop. Once.
  void shut_down(std::function<void()> on_done);

  // What follows is for connections and exchanges.

  /// A connection has no request to do with now.
  void on_idle() { none_idle_at_ = 0; }

  [[nodiscard]] bool holding() const { return holding_; }
  /// Whether a request with these fields is for a host that is answered.
  [[nodiscard]] bool answers_host(std::string_view fields) const {
    return !hosts_ || hosts_->answer(fields);
  }
  [[nodiscard]] bool shutting_down() const { return static_cast<bool>(on_done_); }
  /// Not null unless holding().
  [[nodiscard]] const std::shared_ptr<const Site>& site() const { return site_; }
  [[nodiscard]] ResponseCache& responses() { return responses_; }
  [[nodiscard]] const ServerLimits& limits() const { return limits_; }
  [[nodiscard]] net::EventLoop& loop() { return loop_; }
  [[nodiscard]] CompressionQueue& compression() { return compression_; }
  /// What is held for clients.
  [[nodiscard]] const std::shared_ptr<base::MemoryBudget>& memory() const { return memory_; }
  [[nodiscard]] observe::Log& log() { return log_; }
  /// Whom to trust where requests are passed on over TLS; loaded when first asked for. Null where
  /// it cannot be loaded, which the log says.
  [[nodiscard]] std::shared_ptr<const net::TlsTrust> trust();

  /// Something is held that could not be refused: where memory runs short, clients that stand still
  /// are cut at the end of the turn.
  void on_bytes_held();
  /// Memory was refused: cuts clients that have stood still for a while. Whether that gave some back.
  [[nodiscard]] bool make_room(const Exchange& asking);
  /// For a file or a connection to another server, for a client's sake; idle connections make room.
  /// Null where there is none: 503.
  [[nodiscard]] ClientTable::Lease take_descriptor();
  /// Says `text` as a warning unless the same notice was given within a minute.
  void give_notice(Notice notice, std::string_view text);

  /// Seconds since the server began: the sweep's clock, read for free.
  [[nodiscard]] std::uint32_t now() const { return now_; }
  /// The value of the Date field, at most a second old.
  [[nodiscard]] std::string_view date() const { return date_; }

  // Buffers used within one call of the loop, so that a request costs no allocation.
  [[nodiscard]] std::string& output_scratch() { return output_scratch_; }
  [[nodiscard]] std::string& fields_scratch() { return fields_scratch_; }
  [[nodiscard]] std::string& path_scratch() { return path_scratch_; }
  [[nodiscard]] routing::Match& match_scratch() { return match_scratch_; }

  /// `exchange` waits for serve().
  void keep(Exchange& exchange) { held_.push_back(&exchange); }
  /// `exchange`, which waits, is going away.
  void release(Exchange& exchange);

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
  bool holding_ = true;
  std::vector<Exchange*> held_;
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
  std::string fields_scratch_;
  std::string path_scratch_;
  routing::Match match_scratch_;
};

}  // namespace millrace::gateway
