#include "gateway/resolution.hpp"

#include <utility>

#include "base/ascii.hpp"
#include "gateway/site.hpp"
#include "http/connection_options.hpp"
#include "http/fields.hpp"
#include "routing/data_path.hpp"
#include "routing/locales.hpp"
#include "routing/query.hpp"
#include "routing/url_text.hpp"

namespace millrace::gateway {

namespace {

using routing::is_below;

/// Tells the middleware and pages that a request is for the data of a page.
constexpr std::string_view kDataField = "x-nextjs-data";

std::string without_repeated_slashes(std::string_view path) {
  std::string out;
  for (const char c : path) {
    const char slash = c == '\\' ? '/' : c;
    if (slash != '/' || out.empty() || out.back() != '/') out += slash;
  }
  return out;
}

}  // namespace

Resolution::Resolution(const Site& site, const routing::PathResult& path, std::string_view fields)
    : site_(site),
      rules_(*site.rules),
      fields_(fields),
      path_(path.full_path),
      search_(path.query.empty() ? std::string() : "?" + std::string(path.query)),
      initial_query_(routing::read_query(path.query)),
      query_(initial_query_) {
  take_data(path.query);
  take_locale();
}

void Resolution::take_data(std::string_view query) {
  const auto& pages = site_.manifest.pages;
  const project::ProjectConfig& config = site_.manifest.config;
  if (!rules_.has_middleware || !pages || !is_below(path_, config.base_path)) return;
  const std::string_view below = std::string_view(path_).substr(config.base_path.size());
  if (!routing::is_data_file(below)) return;
  http::append_field(fields_, kDataField, "1");
  std::string page;
  if (!routing::page_of_data_path(below, pages->build_id, page)) return;
  for_data_ = true;
  path_ = config.base_path + (page == "/" && !config.base_path.empty() ? "" : page);
  if (config.skip_proxy_url_normalize) return;
  if (config.trailing_slash && !path_.ends_with('/')) path_ += '/';
  middleware_target_ = path_;
  if (!query.empty()) middleware_target_.append("?").append(query);
}

void Resolution::take_locale() {
  const auto& locales = site_.manifest.config.i18n;
  if (!locales) return;
  const std::string& base_path = site_.path_rules.base_path;
  const bool below = is_below(path_, base_path);
  std::string rest = below ? path_.substr(base_path.size()) : path_;
  if (rest.empty()) rest = "/";
  const std::string& usual = routing::default_locale(*locales, fields_);
  const std::string_view named = routing::locale_in(rest, *locales);
  explicit_locale_ = !named.empty() && !for_data_;
  locale_ = named.empty() ? usual : named;
  std::string page;
  if (site_.page_of_data(rest, page)) {
    const std::string_view of_page = routing::locale_in(page, *locales);
    if (!of_page.empty()) locale_ = of_page;
  }
  if (!named.empty() || rest.starts_with("/_next/")) return;
  path_ = (below ? base_path : std::string()) + '/' + usual + (rest == "/" ? std::string() : rest);
}

bool Resolution::asks_for_data() const {
  const auto& pages = site_.manifest.pages;
  if (!pages || !http::find_field(fields_, kDataField)) return false;
  const bool of_pages_router =
      site_.manifest.routes[pages->not_found].kind == project::RouterKind::page;
  return of_pages_router || !site_.manifest.config.base_path.empty();
}

void Resolution::forget_locale() {
  const auto& locales = site_.manifest.config.i18n;
  if (locales) locale_ = routing::default_locale(*locales, fields_);
}

template <typename Take>
std::optional<Resolution::Step> Resolution::each_taken(
    const std::vector<routing::RuleMatcher>& rules, const std::string& path, const Take& take) {
  using Ending = std::optional<Step>;
  for (const routing::RuleMatcher& matcher : rules) {
    const Ending step =
        matcher.match(path, facts())
            .decide([&](const routing::NamedValues& found) { return take(matcher.rule(), found); },
                    []() -> Ending { return std::nullopt; },
                    [&](const routing::CannotTell& why) -> Ending {
                      return give_up(matcher.rule(), why);
                    });
    if (step) return step;
  }
  return std::nullopt;
}

Resolution::Step Resolution::give_up(const project::Rule& rule, const routing::CannotTell& why) {
  undecided_ =
      "cannot decide whether the rule for " + rule.source + " matches a request: " + why.reason;
  return Step::undecided;
}

Resolution::Step Resolution::begin() {
  if (const auto step = add_header_fields()) return *step;
  if (const auto step = redirects()) return *step;
  if (const auto step = wants_middleware()) return *step;
  return find();
}

Resolution::Step Resolution::after_next() { return find(); }

Resolution::Step Resolution::after_rewrite(std::string_view url) {
  if (url.starts_with("http://") || url.starts_with("https://")) {
    location_ = url;
    return Step::external;
  }
  const routing::UrlParts parts = routing::split_url(url);
  path_ = parts.path.empty() ? "/" : std::string(parts.path);
  search_ = parts.query.empty() ? std::string() : "?" + std::string(parts.query);
  query_ = routing::read_query(parts.query);
  rewritten_ = true;
  middleware_leads_ = true;
  return find();
}

std::string Resolution::fields_to_forward() const {
  const http::ConnectionOptions options(fields_);
  std::string out;
  for (const auto& [name, value] : http::FieldsView(fields_)) {
    if (options.removes(name) && !http::find_field(set_fields_, name)) continue;
    http::append_field(out, name, value);
  }
  return out;
}

std::optional<std::string> Resolution::rewritten_query() const {
  if (!rewritten_) return std::nullopt;
  std::string query;
  for (const routing::NamedValue& entry : query_) {
    for (const std::string& value : entry.values) {
      if (!query.empty()) query += '&';
      routing::append_component(query, entry.name);
      query += entry.list ? "[]=" : "=";
      routing::append_component(query, value);
    }
  }
  return query;
}

std::optional<Resolution::Step> Resolution::add_header_fields() {
  using routing::NamedValues;
  const auto add = [this](const project::Rule& rule, const NamedValues& parameters) {
    for (const auto& [key, value] : rule.headers) {
      const auto name = routing::fill_text(key, parameters);
      const auto filled = routing::fill_text(value, parameters);
      if (name && filled) pending_.set(*name, *filled);
    }
    return std::optional<Step>();
  };
  return each_taken(rules_.headers, path_, add);
}

std::optional<Resolution::Step> Resolution::redirects() {
  using routing::NamedValues;
  const auto lead = [this](const project::Rule& rule, const NamedValues& parameters) {
    const auto target = routing::fill_destination(*rule.destination, parameters, query_,
                                                  routing::Purpose::redirect);
    if (!target) return std::optional(Step::failed);
    location_ = target->origin + without_repeated_slashes(target->path);
    std::string query;
    routing::append_destination_query(query, target->query, initial_query_);
    if (!query.empty()) location_ += '?' + query;
    location_ += target->fragment;
    status_ = rule.status;
    return std::optional(http::is_field_value(location_) ? Step::redirect : Step::failed);
  };
  return each_taken(rules_.redirects, path_, lead);
}

std::optional<Resolution::Step> Resolution::wants_middleware() {
  if (!rules_.has_middleware) return std::nullopt;
  const auto run = [](const project::Rule&, const routing::NamedValues&) {
    return std::optional(Step::middleware);
  };
  if (const auto step = each_taken(rules_.middleware, path_, run)) return step;
  if (path_.find('%') == std::string::npos) return std::nullopt;
  return each_taken(rules_.middleware, base::percent_decoded(path_), run);
}

Resolution::Step Resolution::find() {
  if (const auto step = rewrite(rules_.before_files, false)) return *step;
  if (const auto step = look(Routes::static_only)) return *step;
  if (const auto step = rewrite(rules_.after_files, true)) return *step;
  if (const auto step = look(Routes::all)) return *step;
  if (const auto step = rewrite(rules_.fallback, true)) return *step;
  return Step::not_found;
}

std::optional<std::string> Resolution::path_below() const {
  const std::string& base_path = site_.path_rules.base_path;
  if (!is_below(path_, base_path)) return std::nullopt;
  std::string path = path_.substr(base_path.size());
  if (path.empty()) path = "/";
  if (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

std::optional<FoundFile> Resolution::find_file(std::string_view path) const {
  const routing::NamedValue* const deployment = initial_query_.find("dpl");
  const bool is_named = deployment != nullptr && !deployment->values.empty();
  return site_.find_file(path, is_named ? deployment->values.front() : "");
}

std::optional<Resolution::Step> Resolution::look(Routes routes) {
  auto below = path_below();
  if (!below) return std::nullopt;
  std::string path = std::move(*below);
  const auto& locales = site_.manifest.config.i18n;
  if (!locales) {
    if (auto file = find_file(path)) {
      file_ = std::move(*file);
      return Step::file;
    }
    if (!takes_data() && routing::is_data_path(path)) return std::nullopt;
    if (!site_.match(path, match_)) return std::nullopt;
    if (routes == Routes::static_only && is_dynamic()) return std::nullopt;
    return matched();
  }
  return look_localised(std::move(path), routes);
}

std::optional<Resolution::Step> Resolution::look_localised(std::string path, Routes routes) {
  const project::Locales& locales = *site_.manifest.config.i18n;
  std::string page;
  const bool is_data = takes_data() && site_.page_of_data(path, page);
  if (is_data) path = std::move(page);
  const std::string_view named = routing::locale_in(path, locales);
  const bool localised = !named.empty();
  // Without a middleware, data has a locale in its path.
  if (is_data && !localised && !rules_.has_middleware) return std::nullopt;
  std::string plain(localised ? routing::without_locale(path) : std::string_view(path));
  if (is_data && plain == "/index") plain = "/";
  const bool has_files = !localised || routing::serves_files(locales, named);
  if (auto file = is_data ? std::nullopt : find_file(has_files ? plain : path)) {
    file_ = std::move(*file);
    return Step::file;
  }
  // Not Site::match(): a data path behind a locale would lead past the middleware.
  if (!site_.matcher.match(plain, match_)) return std::nullopt;
  if (routes == Routes::static_only && is_dynamic()) return std::nullopt;
  const project::RouterKind kind = site_.manifest.routes[match_.route].kind;
  // A locale that the request names belongs to pages of the Pages Router.
  if (kind == project::RouterKind::page) {
    if (localised) locale_ = named;
    return matched();
  }
  if (is_data) return std::nullopt;
  const bool is_app = kind != project::RouterKind::pages;
  if (explicit_locale_ && is_app && is_dynamic()) return std::nullopt;
  if (explicit_locale_ && localised && (is_app || !rewritten_)) return std::nullopt;
  return matched();
}

std::optional<Resolution::Step> Resolution::rewrite(const std::vector<routing::RuleMatcher>& rules,
                                                    bool check) {
  using routing::NamedValues;
  const auto lead = [&](const project::Rule& rule, const NamedValues& parameters) {
    const auto target =
        routing::fill_destination(*rule.destination, parameters, query_, routing::Purpose::rewrite);
    if (!target) return std::optional(Step::failed);
    if (const auto step = go_to(*target)) return step;
    return check ? look(Routes::all) : std::nullopt;
  };
  return each_taken(rules, path_, lead);
}

std::optional<Resolution::Step> Resolution::go_to(const routing::Target& target) {
  if (!target.origin.empty()) {
    location_ = target.origin + (target.path.empty() ? "/" : target.path);
    std::string query;
    routing::append_destination_query(query, target.query, initial_query_);
    if (!query.empty()) location_ += '?' + query;
    return Step::external;
  }
  tell_rewrite(target);
  path_ = target.path.empty() ? "/" : target.path;
  query_ = target.query;
  rewritten_ = true;
  return std::nullopt;
}

void Resolution::tell_rewrite(const routing::Target& target) {
  if (http::find_field(fields_, "rsc") != "1") return;
  if (target.path != path_) pending_.set("x-nextjs-rewritten-path", target.path);
  if (target.search == search_) return;
  const std::string_view search = target.search;
  pending_.set("x-nextjs-rewritten-query", search.substr(search.empty() ? 0 : 1));
}

}  // namespace millrace::gateway
