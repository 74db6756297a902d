// The control socket is how `millrace ps`, `reload` and a successor talk to a server that runs: an
// AF_UNIX socket in the project's .millrace folder that only its owner can open, heard with the
// server's key (control_key.hpp) and from no process that the server itself has started. One line of JSON each way; the answer may carry descriptors.
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

/// Bytes of a request at most.
inline constexpr std::size_t kLongestRequest = std::size_t{64} * 1024;
/// Bytes of an answer at most: a longer one is not sent.
inline constexpr std::size_t kLongestAnswer = std::size_t{4} * 1024 * 1024;
/// Askers at a time. The one who has waited longest without asking makes room for another.
inline constexpr std::size_t kMostAskers = 64;

/// Answers a request, once, now or later. `descriptors` are duplicated into the asker.
using Reply = std::function<void(std::string_view answer, const std::vector<int>& descriptors)>;
/// Hears a request, without the line's end.
using Handler = std::function<void(std::string_view request, Reply reply)>;

/// Servers of one project that listen on the same port, each at other addresses, and have a socket.
inline constexpr std::size_t kMostServersOfAPort = 64;

/// Returns the name of a socket of a server on `port`: ".millrace/control-3000.sock", or with a
/// `number` of 2 or more ".millrace/control-3000-2.sock".
[[nodiscard]] std::filesystem::path socket_path(const std::filesystem::path& root,
                                                std::uint16_t port, std::size_t number = 1);

/// The server's end. Belongs to the loop's thread.
class ControlSocket {
 public:
  /// Binds the first path of the port that no server that runs has, with mode 0600, in the place of
  /// what a dead server left there. `exhausted` where there are kMostServersOfAPort.
  [[nodiscard]] static base::Result<std::unique_ptr<ControlSocket>> open_for(
      net::EventLoop& loop, const std::filesystem::path& root, std::uint16_t port, Handler handler);

  /// Binds `path` with mode 0600, in the place of what is there, a server that runs included: a
  /// successor has the right to.
  [[nodiscard]] static base::Result<std::unique_ptr<ControlSocket>> open(
      net::EventLoop& loop, const std::filesystem::path& path, Handler handler);
  ControlSocket(const ControlSocket&) = delete;
  ControlSocket& operator=(const ControlSocket&) = delete;
  /// Removes the socket, unless a successor has put its own in its place.
  ~ControlSocket();

  /// How long an asker may take to ask, and to take the answer. For askers to come.
  void set_patience(net::Clock::duration patience) { patience_ = patience; }

 private:
  struct Asker;

  ControlSocket(net::EventLoop& loop, std::filesystem::path path, ControlKey key, Handler handler);
  void accept();
  /// False where every asker is being answered.
  [[nodiscard]] bool make_room();
  void read(Asker& asker);
  void answer(std::uint64_t id, std::string_view text, const std::vector<int>& descriptors);
  void send_more(Asker& asker, const std::vector<int>& descriptors);
  void on_time(std::uint64_t id);
  void forget(const Asker& asker);
  /// Null where it is gone.
  [[nodiscard]] Asker* find(std::uint64_t id);

  net::EventLoop& loop_;
  std::filesystem::path path_;
  std::uint64_t inode_ = 0;
  ControlKey key_;
  Handler handler_;
  std::unique_ptr<net::ReadableWatch> listening_;
  /// The oldest first.
  std::list<std::unique_ptr<Asker>> askers_;
  std::uint64_t newest_ = 0;
  net::Clock::duration patience_ = std::chrono::seconds(5);
  /// Given up for a moment where descriptors are out, so that whoever connects can be turned away.
  base::UniqueFd spare_;
  /// Replies check it: the socket may be gone when they are made.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace millrace::control
