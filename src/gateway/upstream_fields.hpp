// The fields with which a request goes to another server: what its client said, as far as it concerns
// more than the one connection, and whom it came from.
#pragma once

#include <string>
#include <string_view>

#include "net/listener.hpp"

namespace millrace::gateway {

/// Appends the X-Forwarded fields that are not among `fields` yet, as the worker adds them for
/// handlers.
void append_forwarded(std::string& fields, const net::Peer& peer);

/// The fields with X-Forwarded-Host as Next.js's rewrites to another server set it, whatever the
/// client has said: the name by which the client knows this server.
[[nodiscard]] std::string with_forwarded_host(std::string_view fields);

/// A request's fields without those that its Connection field names.
[[nodiscard]] std::string end_to_end_fields(std::string_view fields);

}  // namespace millrace::gateway
