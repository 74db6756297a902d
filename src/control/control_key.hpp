// The control key authenticates requests to a running server: a random text in a file beside the
// control socket. Only the file's owner can read it, and no sandboxed worker can. The socket's mode
// keeps other users out; the key keeps out processes that can reach the socket but cannot read
// files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace millrace::control {

/// The server's side of the key. Belongs to the socket's thread.
class ControlKey {
 public:
  /// Writes a new key beside the socket `socket` with mode 0600, replacing an existing file.
  [[nodiscard]] static base::Result<ControlKey> make(const std::filesystem::path& socket);
  ControlKey(ControlKey&& other) noexcept;
  ControlKey& operator=(ControlKey&&) = delete;
  ControlKey(const ControlKey&) = delete;
  ControlKey& operator=(const ControlKey&) = delete;
  /// Removes the file, unless a successor has replaced it with its own.
  ~ControlKey();

  /// Removes the key from the start of `line` and returns true; returns false if `line` does not
  /// start with the key. Takes the same time for every wrong key.
  [[nodiscard]] bool take_from(std::string_view& line) const;

 private:
  ControlKey(std::filesystem::path file, std::string key, std::uint64_t inode,
             base::UniqueFd open_file);

  std::filesystem::path file_;
  std::string key_;
  std::uint64_t inode_;
  /// Kept open, so that a successor's file cannot get the same inode.
  base::UniqueFd open_file_;
};

/// Returns the prefix of a request to the server at `socket`: the key and a space. Empty if the key
/// cannot be read.
[[nodiscard]] std::string read_key(const std::filesystem::path& socket);

}  // namespace millrace::control
