// Parses a request's query into an object as Next.js does, and serialises it again: for redirects
// of a trailing slash and for the rules of next.config.
#pragma once

#include <string>
#include <string_view>

#include "routing/named_values.hpp"

namespace millrace::routing {

/// Parses a query (without "?") as URLSearchParams does. Names keep the order of their first
/// occurrence, repeated ones are grouped, and integer names come first, as properties of a
/// JavaScript object do.
[[nodiscard]] NamedValues read_query(std::string_view query);

/// Appends "?" and `query` (without "?") as Next.js serialises it again; appends nothing where it
/// has no pairs.
void append_canonical_query(std::string& out, std::string_view query);

/// Appends "name=value" pairs separated by "&", every name and value escaped.
void append_query(std::string& out, const NamedValues& query);

/// As append_query(), but as Next.js does for a rule's destination: only the entries of `initial`,
/// the request's own query, are escaped; those that a rule added are taken as escaped already.
void append_destination_query(std::string& out, const NamedValues& query,
                              const NamedValues& initial);

/// Returns a route's parameters, as the link carries them, in canonical form, which is the same for
/// all requests with the same values: each value is decoded and escaped again as encodeURIComponent
/// does.
[[nodiscard]] std::string canonical_parameters(std::string_view parameters);

/// Appends `text` escaped as encodeURIComponent does.
void append_component(std::string& out, std::string_view text);

}  // namespace millrace::routing
