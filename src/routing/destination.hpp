// Destinations and field values of next.config's rules with their parameters filled in, as Next.js
// does it (prepareDestination): the values stand as they were captured, still percent-encoded.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "project/rules.hpp"
#include "routing/named_values.hpp"

namespace millrace::routing {

/// Where a rule leads for one request.
struct Target {
  /// "https://host:port"; empty for a path of this site.
  std::string origin;
  std::string path;
  /// "#…" or empty.
  std::string fragment;
  /// The request's own query, then what the rule adds.
  NamedValues query;
};

/// What a rule's parameters are added to the query for.
enum class Purpose : unsigned char {
  /// Parameters stand only where the destination names them.
  redirect,
  /// Where the destination's path and host name none, all of them join the query.
  rewrite,
};

/// Nothing where a parameter does not fit its place (a list without `*`, or none where one is
/// required): Next.js fails with 500 there.
[[nodiscard]] std::optional<Target> fill_destination(const project::Destination& destination,
                                                     const NamedValues& parameters,
                                                     const NamedValues& query, Purpose purpose);

/// `text` with each `:name` of a parameter replaced; other colons stay. Nothing where a list stands
/// without `*` or `+`.
[[nodiscard]] std::optional<std::string> fill_text(std::string_view text,
                                                   const NamedValues& parameters);

}  // namespace millrace::routing
