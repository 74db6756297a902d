// Upgrades of a client's connection to another protocol, such as WebSocket (RFC 9110 §7.8): which
// offers are passed on to a worker or to the site's upstream, and which acceptances to the client.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "http/request_parser.hpp"

namespace millrace::gateway {

/// Returns the protocols that a request offers to switch to, as in its Upgrade field; empty where
/// the offer is not passed on. An offer of another version of HTTP or of TLS never is: the requests
/// that follow would pass by the site's rules. Valid as long as the head.
[[nodiscard]] std::string_view offered_upgrade(const http::RequestHead& head);

/// Returns the fields of a 101 response to `head`, made of those with which the offer was accepted:
/// without fields for one connection, and with Connection and Upgrade. Returns nullopt where they do
/// not name a protocol that the client has offered, or are invalid.
[[nodiscard]] std::optional<std::string> accepted_upgrade(const http::RequestHead& head,
                                                          std::string_view fields);

/// Returns the fields of a 101 response with which others have been merged: without what they say of
/// the connection and of a body. `fields` have Upgrade.
[[nodiscard]] std::string switching_fields(std::string_view fields);

}  // namespace millrace::gateway
