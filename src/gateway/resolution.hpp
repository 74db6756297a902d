// Resolution finds out what answers a request on a site that has rules or a middleware, in the
// order of Next.js: headers(), redirects(), the middleware, rewrites before files, files and static
// routes, rewrites after files, dynamic routes, fallback rewrites. It stops where something must
// happen first (the middleware's answer) and goes on from there.
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

/// Of one request. Belongs to the loop's thread.
class Resolution {
 public:
  enum class Step : std::uint8_t {
    /// Answer with status() and location().
    redirect,
    /// Ask the middleware, then call one of the after_… functions.
    middleware,
    /// Invoke match().route.
    route,
    /// Send file().
    file,
    /// Pass the request on to location().
    external,
    not_found,
    /// A parameter's escapes do not decode: 400.
    malformed,
    /// A rule cannot be filled in: 500.
    failed,
    /// Whether a rule takes the request cannot be told: 400, since a rule may be what guards a route.
    /// undecided() says which.
    undecided,
  };

  /// `path` and `fields`, the request's, are copied where they are needed later; `site` outlives it.
  Resolution(const Site& site, const routing::PathResult& path, std::string_view fields);

  /// From the beginning.
  [[nodiscard]] Step begin();

  /// The middleware lets the request pass.
  [[nodiscard]] Step after_next();

  /// The middleware rewrites it to `url`: a path of this site with its query, or an absolute URL.
  [[nodiscard]] Step after_rewrite(std::string_view url);

  /// The request's fields from now on, as the middleware wants them; `set_fields`: those of them
  /// that it has set itself.
  void set_fields(std::string fields, std::string set_fields) {
    fields_ = std::move(fields);
    set_fields_ = std::move(set_fields);
  }
  /// The request's fields for another server: without those that the client's Connection field
  /// names and that are still the client's.
  [[nodiscard]] std::string fields_to_pass_on() const;
  [[nodiscard]] const std::string& fields() const { return fields_; }

  /// What the response gets besides its own fields.
  [[nodiscard]] PendingFields& pending() { return pending_; }

  /// The path of the moment: whole, rewritten where rules have done so.
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::uint16_t status() const { return status_; }
  [[nodiscard]] const std::string& location() const { return location_; }
  [[nodiscard]] routing::Match& match() { return match_; }
  [[nodiscard]] const FoundFile& file() const { return file_; }
  /// For the log: the source of the rule, and why.
  [[nodiscard]] const std::string& undecided() const { return undecided_; }

  /// The query that the route sees, where rewrites have changed it: escaped, without a mark, the
  /// names of lists followed by "[]".
  [[nodiscard]] std::optional<std::string> rewritten_query() const;

 private:
  enum class Routes : std::uint8_t { static_only, all };

  void take_locale();
  /// Calls `take(rule, parameters)` for one rule after another that takes the request at `path`, until
  /// it gives a step, or a rule cannot be decided. `path` may change meanwhile.
  template <typename Take>
  [[nodiscard]] std::optional<Step> each_taken(const std::vector<routing::RuleMatcher>& rules,
                                               const std::string& path, const Take& take);
  [[nodiscard]] Step give_up(const project::Rule& rule, const routing::CannotTell& why);
  [[nodiscard]] std::optional<Step> add_header_fields();
  [[nodiscard]] std::optional<Step> redirects();
  [[nodiscard]] std::optional<Step> wants_middleware();
  [[nodiscard]] Step find();
  /// Looks for a file or route at the path of the moment.
  [[nodiscard]] std::optional<Step> look(Routes routes);
  [[nodiscard]] Step matched() const { return match_.malformed ? Step::malformed : Step::route; }
  /// Applies the rules one after another; a step where the request leaves the site, or, with
  /// `check`, where a rewritten path leads to something.
  [[nodiscard]] std::optional<Step> rewrite(const std::vector<routing::RuleMatcher>& rules,
                                            bool check);
  [[nodiscard]] std::optional<Step> go_to(const routing::Target& target);
  [[nodiscard]] routing::RequestFacts facts() const { return {.fields = fields_, .query = query_}; }

  const Site& site_;
  const RuleSet& rules_;
  std::string fields_;
  std::string set_fields_;
  /// Whole: with basePath, and with a locale where the project has some.
  std::string path_;
  routing::NamedValues initial_query_;
  routing::NamedValues query_;
  PendingFields pending_;
  bool rewritten_ = false;
  /// The request itself named a locale.
  bool explicit_locale_ = false;

  std::uint16_t status_ = 0;
  std::string location_;
  routing::Match match_;
  FoundFile file_;
  std::string undecided_;
};

}  // namespace millrace::gateway
