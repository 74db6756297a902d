// The control key is what a command must know to be heard by a server that runs: a random text in a file
// beside the control socket that its owner alone can read, and no worker in a sandbox. The socket's
// mode keeps other users out; this keeps out who reaches the socket without being able to read files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace millrace::control {

/// The server's: belongs to the socket's thread.
class ControlKey {
 public:
  /// Writes a new key beside the socket `socket`, with mode 0600, in the place of what was there.
  [[nodiscard]] static base::Result<ControlKey> make(const std::filesystem::path& socket);
  ControlKey(ControlKey&& other) noexcept;
  ControlKey& operator=(ControlKey&&) = delete;
  ControlKey(const ControlKey&) = delete;
  ControlKey& operator=(const ControlKey&) = delete;
  /// Removes the file, unless a successor has put its own in its place.
  ~ControlKey();

  /// The request of a line that begins with the key, and nothing where it does not. Takes as long for
  /// any wrong key.
  [[nodiscard]] bool take_from(std::string_view& line) const;

 private:
  ControlKey(std::filesystem::path file, std::string key, std::uint64_t inode, base::UniqueFd held);

  std::filesystem::path file_;
  std::string key_;
  std::uint64_t inode_;
  /// Open, so that no successor's file gets the same inode.
  base::UniqueFd held_;
};

/// What a request to the server at `socket` begins with: its key and a space; empty where there is
/// none to be read.
[[nodiscard]] std::string read_key(const std::filesystem::path& socket);

}  // namespace millrace::control
