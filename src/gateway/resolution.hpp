// Resolution decides what responds to a request on a site with rules or a middleware, in the order
// of Next.js: headers(), redirects(), the middleware, rewrites before files, files and static
// routes, rewrites after files, dynamic routes, fallback rewrites. It stops where the middleware
// must run and continues with its result.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/pending_fields.hpp"
#include "gateway/rule_set.hpp"
#include "gateway/site.hpp"
#include "routing/destination.hpp"
#include "routing/matcher.hpp"
#include "routing/named_values.hpp"
#include "routing/path.hpp"

namespace millrace::gateway {

/// Serves one request. Belongs to the loop's thread.
class Resolution {
 public:
  enum class Step : std::uint8_t {
    /// Redirect with status() and location().
    redirect,
    /// Invoke the middleware, then call after_next() or after_rewrite().
    middleware,
    /// Invoke match().route.
    route,
    /// Send file().
    file,
    /// Forward the request to location(), an absolute URL.
    external,
    not_found,
    /// The escapes of a parameter do not decode: 400.
    malformed,
    /// A rule's destination cannot be filled in: 500.
    failed,
    /// Whether a rule matches the request cannot be decided: 400, since the rule may protect a
    /// route. undecided() names the rule and the reason.
    undecided,
  };

  /// `path` and `fields` are the request's and are copied; `site` outlives the resolution.
  Resolution(const Site& site, const routing::PathResult& path, std::string_view fields);

  /// Resolves from the beginning.
  [[nodiscard]] Step begin();

  /// Continues after the middleware let the request pass.
  [[nodiscard]] Step after_next();

  /// Continues after the middleware rewrote the request to `url`: a path of this site with its
  /// query, or an absolute URL.
  [[nodiscard]] Step after_rewrite(std::string_view url);

  /// Replaces the request's fields with those that the middleware requires. `set_fields`: those of
  /// them that the middleware has set itself.
  void set_fields(std::string fields, std::string set_fields) {
    fields_ = std::move(fields);
    set_fields_ = std::move(set_fields);
  }
  /// Returns the request's fields for an upstream: without those that the client's Connection field
  /// names, unless the middleware has set them.
  [[nodiscard]] std::string fields_to_forward() const;
  [[nodiscard]] const std::string& fields() const { return fields_; }

  /// The fields to merge into the response.
  [[nodiscard]] PendingFields& pending() { return pending_; }

  /// The current path, with basePath, as changed by rewrites so far.
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::uint16_t status() const { return status_; }
  [[nodiscard]] const std::string& location() const { return location_; }
  [[nodiscard]] routing::Match& match() { return match_; }
  [[nodiscard]] const FoundFile& file() const { return file_; }
  /// For the log: the source of the rule, and the reason.
  [[nodiscard]] const std::string& undecided() const { return undecided_; }

  /// Returns the query that the route sees if rewrites changed it: escaped, without "?", the names
  /// of lists followed by "[]".
  [[nodiscard]] std::optional<std::string> rewritten_query() const;

 private:
  enum class Routes : std::uint8_t { static_only, all };

  void take_locale();
  /// Calls `take(rule, parameters)` for each rule in turn that matches the request at `path`, until
  /// a call returns a step or a rule cannot be decided. `path` may change between calls.
  template <typename Take>
  [[nodiscard]] std::optional<Step> each_taken(const std::vector<routing::RuleMatcher>& rules,
                                               const std::string& path, const Take& take);
  [[nodiscard]] Step give_up(const project::Rule& rule, const routing::CannotTell& why);
  [[nodiscard]] std::optional<Step> add_header_fields();
  [[nodiscard]] std::optional<Step> redirects();
  [[nodiscard]] std::optional<Step> wants_middleware();
  [[nodiscard]] Step find();
  /// Looks for a file or route at the current path.
  [[nodiscard]] std::optional<Step> look(Routes routes);
  [[nodiscard]] Step matched() const { return match_.malformed ? Step::malformed : Step::route; }
  /// Applies the rules in turn. Returns a step where the request leaves the site or, with `check`,
  /// where a rewritten path leads to a file or route.
  [[nodiscard]] std::optional<Step> rewrite(const std::vector<routing::RuleMatcher>& rules,
                                            bool check);
  [[nodiscard]] std::optional<Step> go_to(const routing::Target& target);
  [[nodiscard]] routing::RequestFacts facts() const { return {.fields = fields_, .query = query_}; }

  const Site& site_;
  const RuleSet& rules_;
  std::string fields_;
  std::string set_fields_;
  /// With basePath, and with a locale where the project configures i18n.
  std::string path_;
  routing::NamedValues initial_query_;
  routing::NamedValues query_;
  PendingFields pending_;
  bool rewritten_ = false;
  /// The request's path named a locale.
  bool explicit_locale_ = false;

  std::uint16_t status_ = 0;
  std::string location_;
  routing::Match match_;
  FoundFile file_;
  std::string undecided_;
};

}  // namespace millrace::gateway
