// Builds the request fields for an upstream: the client's end-to-end fields, and X-Forwarded fields
// that describe the client.
#pragma once

#include <string>
#include <string_view>

#include "net/listener.hpp"

namespace millrace::gateway {

/// Appends the X-Forwarded fields that are not among `fields` yet, as the worker adds them for
/// handlers.
void append_forwarded(std::string& fields, const net::Peer& peer);

/// Returns the fields with X-Forwarded-Host set to the request's Host, whatever the client sent, as
/// Next.js does for rewrites to an upstream.
[[nodiscard]] std::string with_forwarded_host(std::string_view fields);

/// Returns a request's fields without those that its Connection field names.
[[nodiscard]] std::string end_to_end_fields(std::string_view fields);

}  // namespace millrace::gateway
