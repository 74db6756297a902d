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

  /// The target that the middleware is invoked with: the request's, or that of the page whose data is
  /// requested; empty for the request's.
  [[nodiscard]] std::string_view middleware_target() const { return middleware_target_; }
  /// The locale in which a page responds, as it is configured; empty if the project has none.
  [[nodiscard]] std::string_view locale() const { return locale_; }
  /// Whether the data of a page is requested of a project with a middleware, and not the App Router's
  /// page for missing paths responds, which Next.js does not find behind a basePath.
  [[nodiscard]] bool asks_for_data() const;
  /// Sets the locale to the default one.
  void forget_locale();

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

  /// Replaces the path of a page's data by that of the page, where a middleware could otherwise be
  /// passed by.
  void take_data(std::string_view query);
  void take_locale();
  /// The current path below basePath, without a trailing slash; nothing if it is outside.
  [[nodiscard]] std::optional<std::string> path_below() const;
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
  /// Returns the file at a path below basePath, of the deployment that the request names.
  [[nodiscard]] std::optional<FoundFile> find_file(std::string_view path) const;
  /// Looks for a file or route at the current path.
  [[nodiscard]] std::optional<Step> look(Routes routes);
  /// The same for a path of a project with locales.
  [[nodiscard]] std::optional<Step> look_localised(std::string path, Routes routes);
  /// Whether the current path may be that of a page's data: not if a rule has led there past the
  /// middleware, which sees the paths of pages.
  [[nodiscard]] bool takes_data() const {
    return !site_.manifest.pages || !rules_.has_middleware || middleware_leads_;
  }
  /// Whether match_ is a route with parameters.
  [[nodiscard]] bool is_dynamic() const {
    return !site_.manifest.routes[match_.route].parameters.empty();
  }
  [[nodiscard]] Step matched() const { return match_.malformed ? Step::malformed : Step::route; }
  /// Applies the rules in turn. Returns a step where the request leaves the site or, with `check`,
  /// where a rewritten path leads to a file or route.
  [[nodiscard]] std::optional<Step> rewrite(const std::vector<routing::RuleMatcher>& rules,
                                            bool check);
  [[nodiscard]] std::optional<Step> go_to(const routing::Target& target);
  /// Tells a client that asks for a payload to which path and query of this site a rule leads.
  void tell_rewrite(const routing::Target& target);
  [[nodiscard]] routing::RequestFacts facts() const { return {.fields = fields_, .query = query_}; }

  const Site& site_;
  const RuleSet& rules_;
  std::string fields_;
  std::string set_fields_;
  /// With basePath, and with a locale where the project configures i18n.
  std::string path_;
  /// The request's own query, or that of the middleware's rewrite, with "?"; empty for none.
  std::string search_;
  routing::NamedValues initial_query_;
  routing::NamedValues query_;
  PendingFields pending_;
  std::string middleware_target_;
  bool rewritten_ = false;
  /// The middleware has rewritten the path.
  bool middleware_leads_ = false;
  /// The path of a page's data has been replaced by that of the page.
  bool for_data_ = false;
  /// The request's path named a locale.
  bool explicit_locale_ = false;
  std::string_view locale_;

  std::uint16_t status_ = 0;
  std::string location_;
  routing::Match match_;
  FoundFile file_;
  std::string undecided_;
};

}  // namespace millrace::gateway
