// Addresses of AF_UNIX sockets. The kernel limits their paths to 107 bytes, and a project's path
// can be longer, so the address refers to the folder through a descriptor in /proc/self/fd.
#pragma once

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <filesystem>
#include <string>

#include "base/unique_fd.hpp"

namespace millrace::control {

/// The address is valid as long as this object lives.
struct Address {
  explicit Address(const std::filesystem::path& path)
      : folder(::open(path.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)) {
    value.sun_family = AF_UNIX;
    const std::string text =
        "/proc/self/fd/" + std::to_string(folder.get()) + "/" + path.filename().string();
    std::memcpy(value.sun_path, text.data(), std::min(text.size(), sizeof value.sun_path - 1));
  }

  [[nodiscard]] const sockaddr* get() const {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): required by the sockets API
    return reinterpret_cast<const sockaddr*>(&value);
  }

  base::UniqueFd folder;
  sockaddr_un value{};
};

}  // namespace millrace::control
