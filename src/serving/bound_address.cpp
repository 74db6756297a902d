#include "serving/bound_address.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>

#include <array>
#include <charconv>
#include <string_view>

namespace millrace::serving {

BoundAddress bound_address(const base::UniqueFd& socket) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): required by the sockets API
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  if (::getsockname(socket.get(), generic, &length) != 0 ||
      (address.ss_family != AF_INET && address.ss_family != AF_INET6) ||
      ::getnameinfo(generic, length, host.data(), host.size(), port.data(), port.size(),
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
    return {};
  }
  BoundAddress bound{.host = host.data(), .port = 0};
  const std::string_view digits(port.data());
  std::from_chars(digits.data(), digits.data() + digits.size(), bound.port);
  return bound;
}

}  // namespace millrace::serving
