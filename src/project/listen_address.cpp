#include "project/listen_address.hpp"

#include <charconv>

#include "base/ip_network.hpp"

namespace millrace::project {

std::optional<ListenAddress> ListenAddress::parse(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view digits = text.substr(colon + 1);
  ListenAddress address;
  const char* const end = digits.data() + digits.size();
  const auto read = std::from_chars(digits.data(), end, address.port);
  if (digits.empty() || read.ec != std::errc() || read.ptr != end) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  const bool has_colon = host.find(':') != std::string_view::npos;
  if (has_colon != bracketed || host.find_first_of("[]/ ") != std::string_view::npos) {
    return std::nullopt;
  }
  address.host = host;
  return address;
}

bool ListenAddress::is_loopback() const {
  if (host == "localhost") return true;
  const auto address = base::IpAddress::parse(host);
  return address && (base::IpNetwork::parse("127.0.0.0/8")->contains(*address) ||
                     base::IpNetwork::parse("::1")->contains(*address));
}

std::string ListenAddress::to_string() const {
  const bool is_v6 = host.find(':') != std::string::npos;
  return (is_v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

}  // namespace millrace::project
