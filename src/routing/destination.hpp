// Fills the parameters into the destinations and field values of next.config's rules, as Next.js
// does (prepareDestination): the values are inserted as captured, still percent-encoded.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "project/rules.hpp"
#include "routing/named_values.hpp"

namespace millrace::routing {

/// The destination of a rule for one request.
struct Target {
  /// "https://host:port"; empty for a path of this site.
  std::string origin;
  std::string path;
  /// "#…" or empty.
  std::string fragment;
  /// The query that the destination itself names, escaped, with "?"; empty for none.
  std::string search;
  /// The request's own query, followed by the parameters that the rule adds.
  NamedValues query;
};

/// Determines when a rule's parameters are added to the query.
enum class Purpose : unsigned char {
  /// Parameters are inserted only where the destination names them.
  redirect,
  /// If the destination's path and host name no parameter, all of them are added to the query.
  rewrite,
};

/// Returns nothing where a parameter does not fit its place (a list without `*`, or an empty one
/// where a value is required); Next.js responds 500 there.
[[nodiscard]] std::optional<Target> fill_destination(const project::Destination& destination,
                                                     const NamedValues& parameters,
                                                     const NamedValues& query, Purpose purpose);

/// Replaces each `:name` of a parameter in `text`; other colons stay. Returns nothing where a list
/// is used without `*` or `+`.
[[nodiscard]] std::optional<std::string> fill_text(std::string_view text,
                                                   const NamedValues& parameters);

}  // namespace millrace::routing
