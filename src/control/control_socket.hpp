// The control socket is how `millrace ps`, `reload` and a successor talk to a server that runs: an
// AF_UNIX socket in the project's .millrace folder that only its owner can open, heard with the
// server's key (control_key.hpp) and from no process that the server itself has started. One line of JSON each way; the answer may carry descriptors.
#pragma once

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

namespace millrace::control {

/// Bytes of a request or an answer at most.
inline constexpr std::size_t kLongestMessage = std::size_t{4} * 1024 * 1024;

/// Answers a request, once, now or later. `descriptors` are duplicated into the asker.
using Reply = std::function<void(std::string_view answer, const std::vector<int>& descriptors)>;
/// Hears a request, without the line's end.
using Handler = std::function<void(std::string_view request, Reply reply)>;

/// The name of the socket of the server on `port`: ".millrace/control-3000.sock".
[[nodiscard]] std::filesystem::path socket_path(const std::filesystem::path& root,
                                                std::uint16_t port);

/// The server's end. Belongs to the loop's thread.
class ControlSocket {
 public:
  /// Binds `path` with mode 0600, in the place of what a dead server left there. An answering
  /// server there is replaced, too: a successor has the right to.
  [[nodiscard]] static base::Result<std::unique_ptr<ControlSocket>> open(
      net::EventLoop& loop, const std::filesystem::path& path, Handler handler);
  ControlSocket(const ControlSocket&) = delete;
  ControlSocket& operator=(const ControlSocket&) = delete;
  /// Removes the socket, unless a successor has put its own in its place.
  ~ControlSocket();

 private:
  struct Asker;

  ControlSocket(net::EventLoop& loop, std::filesystem::path path, ControlKey key, Handler handler);
  void accept();
  void read(Asker& asker);
  void forget(const Asker& asker);

  net::EventLoop& loop_;
  std::filesystem::path path_;
  std::uint64_t inode_ = 0;
  ControlKey key_;
  Handler handler_;
  std::unique_ptr<net::ReadableWatch> listening_;
  std::list<std::unique_ptr<Asker>> askers_;
  /// Replies check it: the socket may be gone when they are made.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace millrace::control
