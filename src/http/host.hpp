// The host and port of a Host field or of an absolute target (RFC 9110 §7.2, RFC 3986 §3.2.2).
// Whatever passes here means the same to every reader: to rules, to other servers, and to the URL
// standard's parser, with which the workers make `request.url`.
#pragma once

#include <string_view>

namespace millrace::http {

/// Whether `text` is uri-host [ ":" port ], where the host is an IPv4 or a bracketed IPv6 address,
/// or a name of letters, digits, "-", ".", "_" and "~" (at most 253 bytes, labels of 1 to 63, one
/// dot may end it). Stricter than RFC 3986 on purpose: percent-escapes, sub-delimiters, user
/// information, IPvFuture, zone identifiers, addresses in forms other than four decimal numbers,
/// labels in Punycode that are none by IDNA 2008 (emoji, which UTS 46 has), and ports above 65535 are refused.
[[nodiscard]] bool is_valid_authority(std::string_view text);

/// An authority without its port; brackets stay. Of other text some part of it.
[[nodiscard]] std::string_view host_of(std::string_view authority);

}  // namespace millrace::http
