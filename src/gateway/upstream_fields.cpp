#include "gateway/upstream_fields.hpp"

#include <cstddef>

#include "http/connection_options.hpp"
#include "http/fields.hpp"
#include "http/host.hpp"

namespace millrace::gateway {

void append_forwarded(std::string& fields, const net::Peer& peer) {
  const auto add = [&fields](std::string_view name, std::string_view value) {
    if (!http::find_field(fields, name))
      fields.append(name).append(": ").append(value).append("\r\n");
  };
  const std::string host(http::find_field(fields, "host").value_or("localhost"));
  const std::size_t colon = http::host_of(host).size();
  add("x-forwarded-host", host);
  add("x-forwarded-port", colon + 1 < host.size() ? host.substr(colon + 1) : "80");
  add("x-forwarded-proto", "http");
  add("x-forwarded-for", peer.address);
}

std::string end_to_end_fields(std::string_view fields) {
  const http::ConnectionOptions options(fields);
  std::string out;
  for (const auto& [name, value] : http::FieldsView(fields)) {
    if (!options.removes(name)) out.append(name).append(": ").append(value).append("\r\n");
  }
  return out;
}

}  // namespace millrace::gateway
