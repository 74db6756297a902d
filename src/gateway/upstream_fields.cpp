#include "gateway/upstream_fields.hpp"

#include "base/ascii.hpp"
#include "http/connection_options.hpp"
#include "http/fields.hpp"

namespace millrace::gateway {

void append_forwarded(std::string& fields, const net::Peer& peer) {
  const auto add = [&fields](std::string_view name, std::string_view value) {
    if (!http::find_field(fields, name)) http::append_field(fields, name, value);
  };
  add("x-forwarded-host", std::string(http::find_field(fields, "host").value_or("localhost")));
  add("x-forwarded-port", std::to_string(peer.local_port));
  add("x-forwarded-proto", peer.is_secure() ? "https" : "http");
  add("x-forwarded-for", peer.address);
}

std::string with_forwarded_host(std::string_view fields) {
  constexpr std::string_view kName = "x-forwarded-host";
  std::string out;
  for (const auto& [name, value] : http::FieldsView(fields)) {
    if (!base::equals_ignoring_case(name, kName)) http::append_field(out, name, value);
  }
  const auto host = http::find_field(fields, "host");
  http::append_field(out, kName, host.value_or(std::string_view()));
  return out;
}

std::string end_to_end_fields(std::string_view fields) {
  const http::ConnectionOptions options(fields);
  std::string out;
  for (const auto& [name, value] : http::FieldsView(fields)) {
    if (!options.removes(name)) http::append_field(out, name, value);
  }
  return out;
}

}  // namespace millrace::gateway
