#include "gateway/upgrade.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "http/connection_options.hpp"
#include "http/fields.hpp"

namespace millrace::gateway {

namespace {

std::string without_connection_fields(std::string_view fields) {
  const http::ConnectionOptions options(fields);
  std::string kept;
  for (const auto& [name, value] : http::FieldsView(fields)) {
    // A 101 response has no body (RFC 9110 §8.6).
    const bool withheld = http::is_connection_field(name) || options.removes(name) ||
                          base::equals_ignoring_case(name, "content-length");
    if (!withheld) http::append_field(kept, name, value);
  }
  return kept;
}

void append_switch(std::string& fields, std::string_view protocol) {
  http::append_field(fields, "connection", "Upgrade");
  http::append_field(fields, "upgrade", protocol);
}

}  // namespace

std::string_view offered_upgrade(const http::RequestHead& head) {
  if (!head.upgrade || head.has_body || head.method != "GET") return {};
  const std::string_view to = http::find_field(head.fields, "upgrade").value_or("");
  for (std::string_view rest = to; !rest.empty();) {
    const std::size_t end = std::min(rest.find(','), rest.size());
    const std::string_view protocol = base::trim(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    for (const std::string_view refused : {"h2", "http/", "tls/"}) {
      if (base::equals_ignoring_case(protocol.substr(0, refused.size()), refused)) return {};
    }
  }
  return to;
}

std::optional<std::string> accepted_upgrade(const http::RequestHead& head,
                                            std::string_view fields) {
  const std::string_view to = http::find_field(fields, "upgrade").value_or("");
  std::string accepted = without_connection_fields(fields);
  // The server must switch to a protocol that the client has named.
  if (to.empty() || !http::has_token(offered_upgrade(head), to) ||
      !http::validate_fields(accepted)) {
    return std::nullopt;
  }
  append_switch(accepted, to);
  return accepted;
}

std::string switching_fields(std::string_view fields) {
  std::string kept = without_connection_fields(fields);
  append_switch(kept, http::find_field(fields, "upgrade").value_or(""));
  return kept;
}

}  // namespace millrace::gateway
