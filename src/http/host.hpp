// Validates the host and port of a Host field or of an absolute-form target (RFC 9110 §7.2, RFC
// 3986 §3.2.2). An accepted authority means the same to every parser: to rules, to upstreams, and
// to the URL standard's parser, with which the workers make `request.url`.
#pragma once

#include <string_view>

namespace millrace::http {

/// Returns whether `text` is uri-host [ ":" port ], where the host is an IPv4 or a bracketed IPv6
/// address, or a name of letters, digits, "-", ".", "_" and "~" (at most 253 bytes, labels of 1 to
/// 63, optionally one trailing dot). Stricter than RFC 3986 on purpose: it rejects percent-escapes,
/// sub-delimiters, user information, IPvFuture, zone identifiers, addresses in forms other than
/// four decimal numbers, Punycode labels that IDNA 2008 does not allow (emoji, which UTS 46
/// allows), and ports above 65535.
[[nodiscard]] bool is_valid_authority(std::string_view text);

/// Returns an authority without its port, brackets included; for invalid text, an unspecified part
/// of it.
[[nodiscard]] std::string_view host_of(std::string_view authority);

}  // namespace millrace::http
