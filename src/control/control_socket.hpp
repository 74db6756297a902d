// The control socket is how `millrace ps`, `reload` and a successor communicate with a running
// server. It is an AF_UNIX socket in the project's .millrace folder that only its owner can open.
// It accepts requests that carry the server's key (control_key.hpp), and none from processes that
// descend from the server. Request and response are one line of JSON each; a response can carry
// descriptors.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "control/control_key.hpp"
#include "net/event_loop.hpp"
#include "net/readable_watch.hpp"
#include "net/timer.hpp"

namespace millrace::control {

/// The longest request, in bytes.
inline constexpr std::size_t kLongestRequest = std::size_t{64} * 1024;
/// The longest response, in bytes. A longer one is not sent: the connection is closed instead.
inline constexpr std::size_t kLongestResponse = std::size_t{4} * 1024 * 1024;
/// The most clients at a time. When another connects, the client that has been connected longest
/// without sending a request is disconnected.
inline constexpr std::size_t kMostClients = 64;

/// Responds to a request; called once, during the handler's call or later. The client gets
/// duplicates of `descriptors`.
using Reply = std::function<void(std::string_view response, const std::vector<int>& descriptors)>;
/// Handles a request, without its line end.
using Handler = std::function<void(std::string_view request, Reply reply)>;

/// The most servers of one project with control sockets on the same port, each at another address.
inline constexpr std::size_t kMostServersOfAPort = 64;

enum class ServerKind : std::uint8_t {
  /// `millrace start`: can be reloaded and succeeded.
  production,
  /// `millrace dev`
  development,
};

/// Returns the path of a control socket for `port`: ".millrace/control-3000.sock", or
/// ".millrace/control-3000-2.sock" for a `number` of 2 or more; with "dev" for "control" in
/// development.
[[nodiscard]] std::filesystem::path socket_path(const std::filesystem::path& root,
                                                std::uint16_t port, std::size_t number = 1,
                                                ServerKind kind = ServerKind::production);

/// The server's side of the socket. Belongs to the loop's thread.
class ControlSocket {
 public:
  /// Binds the first path for the port that no running server uses, with mode 0600, replacing the
  /// socket of a dead server. Error: `exhausted` if kMostServersOfAPort servers run.
  [[nodiscard]] static base::Result<std::unique_ptr<ControlSocket>> open_for(
      net::EventLoop& loop, const std::filesystem::path& root, std::uint16_t port, Handler handler,
      ServerKind kind = ServerKind::production);

  /// Binds `path` with mode 0600. Replaces an existing socket, even of a running server: a
  /// successor does so.
  [[nodiscard]] static base::Result<std::unique_ptr<ControlSocket>> open(
      net::EventLoop& loop, const std::filesystem::path& path, Handler handler);
  ControlSocket(const ControlSocket&) = delete;
  ControlSocket& operator=(const ControlSocket&) = delete;
  /// Removes the socket, unless a successor has replaced it with its own.
  ~ControlSocket();

  /// Sets how long a client may take to send its request, and then to receive the response. Applies
  /// to clients that connect later.
  void set_timeout(net::Clock::duration timeout) { timeout_ = timeout; }

 private:
  struct Client;

  ControlSocket(net::EventLoop& loop, std::filesystem::path path, ControlKey key, Handler handler);
  void accept();
  /// Returns false if every client is waiting for its response.
  [[nodiscard]] bool make_room();
  void read(Client& client);
  void respond(std::uint64_t id, std::string_view text, const std::vector<int>& descriptors);
  void send_more(Client& client, const std::vector<int>& descriptors);
  void on_timer(std::uint64_t id);
  void disconnect(const Client& client);
  /// Returns null if the client is gone.
  [[nodiscard]] Client* find(std::uint64_t id);

  net::EventLoop& loop_;
  std::filesystem::path path_;
  std::uint64_t inode_ = 0;
  ControlKey key_;
  Handler handler_;
  std::unique_ptr<net::ReadableWatch> listening_;
  /// Oldest first.
  std::list<std::unique_ptr<Client>> clients_;
  std::uint64_t newest_ = 0;
  net::Clock::duration timeout_ = std::chrono::seconds(5);
  /// Closed for a moment when the process runs out of descriptors, so that a new connection can be
  /// accepted and closed.
  base::UniqueFd spare_;
  /// Reply callbacks check this: the socket may be destroyed before they are called.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace millrace::control
