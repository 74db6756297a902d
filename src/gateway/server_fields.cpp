#include "gateway/server_fields.hpp"

#include "gateway/exchange.hpp"
#include "gateway/server.hpp"
#include "http/fields.hpp"

namespace millrace::gateway {

namespace {

constexpr std::string_view kStrictTransport = "Strict-Transport-Security";

}  // namespace

std::string server_fields(const Server& server, const Exchange* exchange, std::string_view fields,
                          bool secure) {
  std::string added;
  const std::string_view id = exchange == nullptr ? std::string_view() : exchange->identity().id();
  if (!id.empty() && !http::find_field(fields, observe::kRequestIdField)) {
    http::append_field(added, observe::kRequestIdField, id);
  }
  const std::string& strict = server.edge().strict_transport;
  if (!strict.empty() && secure && !http::find_field(fields, kStrictTransport)) {
    http::append_field(added, kStrictTransport, strict);
  }
  return added;
}

}  // namespace millrace::gateway
