// Addresses of AF_UNIX sockets, whose paths are limited to 107 bytes where projects' are not: the
// kernel is led to the folder by a descriptor.
#pragma once

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <filesystem>
#include <string>

#include "base/unique_fd.hpp"

namespace millrace::control {

/// Valid while it lives.
struct Address {
  explicit Address(const std::filesystem::path& path)
      : folder(::open(path.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)) {
    value.sun_family = AF_UNIX;
    const std::string text =
        "/proc/self/fd/" + std::to_string(folder.get()) + "/" + path.filename().string();
    std::memcpy(value.sun_path, text.data(), std::min(text.size(), sizeof value.sun_path - 1));
  }

  [[nodiscard]] const sockaddr* get() const {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): as the sockets' API has it
    return reinterpret_cast<const sockaddr*>(&value);
  }

  base::UniqueFd folder;
  sockaddr_un value{};
};

}  // namespace millrace::control
