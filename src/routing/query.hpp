// A request's query as Next.js reads it into an object and writes it again: for redirects of a
// trailing slash and for the rules of next.config.
#pragma once

#include <string>
#include <string_view>

#include "routing/named_values.hpp"

namespace millrace::routing {

/// Reads a query (without its mark) as URLSearchParams does. Names keep their first order, repeated
/// ones are gathered, whole numbers come first, as the properties of a JavaScript object do.
[[nodiscard]] NamedValues read_query(std::string_view query);

/// Appends "?" and `query` (without its mark) as Next.js writes it again; nothing when it holds no
/// pair.
void append_canonical_query(std::string& out, std::string_view query);

/// Appends "name=value" pairs with "&" between, every name and value escaped.
void append_query(std::string& out, const NamedValues& query);

/// The same as Next.js does for a rule's destination: only what stands in `initial`, the request's
/// own query, is escaped; what a rule put there is taken to be escaped already.
void append_destination_query(std::string& out, const NamedValues& query,
                              const NamedValues& initial);

/// A route's parameters as the link carries them, in the one spelling that all requests for the same
/// values have: each value decoded and escaped again as encodeURIComponent does.
[[nodiscard]] std::string canonical_parameters(std::string_view parameters);

/// encodeURIComponent.
void append_component(std::string& out, std::string_view text);

}  // namespace millrace::routing
