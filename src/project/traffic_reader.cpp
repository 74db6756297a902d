#include "project/traffic_reader.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <utility>

#include "base/ascii.hpp"
#include "project/generated/settings_keys.hpp"
#include "project/origin.hpp"

namespace millrace::project {

namespace {

using base::Error;
using base::Result;

/// A day: the longest time over which requests are counted.
constexpr std::uint64_t kLongestWindowMs = 24ULL * 3600 * 1000;
constexpr std::uint64_t kMostRequests = 1'000'000;
constexpr std::size_t kLongestRuleName = 64;

/// One table of an array, as it is read.
struct RuleTable {
  const SettingsReader& reader;
  const toml::table& table;
  std::string_view section;

  [[nodiscard]] Error error(std::string_view key, std::string_view expected,
                            std::string_view found) const {
    const toml::node* const node = table.get(key);
    std::string text = "[[";
    text.append(section).append("]] ").append(key).append(": expected ").append(expected);
    text.append(", found ").append(found);
    return reader.error(node != nullptr ? *node : static_cast<const toml::node&>(table), text);
  }
  /// An error where a required key is not set.
  [[nodiscard]] Result<void> require(std::string_view key) const {
    if (table.contains(key)) return {};
    return error(key, settings_key(section, key).expects, "none");
  }
};

std::string in_quotes(std::string_view text) { return "\"" + std::string(text) + "\""; }

/// A token of RFC 9110 §5.6.2.
bool is_rule_token(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           kMarks.find(c) != std::string_view::npos;
  });
}

/// A field value of visible characters and spaces; nothing in it can end a line.
bool is_rule_value(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= ' ' && c <= '~') || c == '\t'; });
}

Result<void> check_tokens(const RuleTable& from, std::string_view key,
                          const std::vector<std::string>& texts, std::string_view what) {
  for (const std::string& text : texts) {
    if (!is_rule_token(text)) return from.error(key, what, in_quotes(text));
  }
  return {};
}

std::optional<TrafficKey> parse_traffic_key(std::string_view text) {
  using Kind = TrafficKey::Kind;
  if (text == "address") return TrafficKey{};
  if (text == "route") return TrafficKey{.kind = Kind::route, .name = {}};
  for (const auto& [prefix, kind] : {std::pair<std::string_view, Kind>{"header:", Kind::header},
                                     std::pair<std::string_view, Kind>{"cookie:", Kind::cookie}}) {
    if (!text.starts_with(prefix)) continue;
    const std::string_view name = text.substr(prefix.size());
    if (is_rule_token(name)) return TrafficKey{.kind = kind, .name = std::string(name)};
  }
  return std::nullopt;
}

Result<TrafficKey> key_of(const RuleTable& from, const std::string& text) {
  if (auto key = parse_traffic_key(text)) return *std::move(key);
  return from.error("key", R"("address", "header:NAME", "cookie:NAME" or "route")",
                    in_quotes(text));
}

/// The milliseconds of "60s", "1m", "s".
std::optional<std::uint64_t> window_of(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, std::uint64_t>, 4> kUnits = {
      {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}}};
  std::uint64_t number = 1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc::result_out_of_range) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  for (const auto& [unit, factor] : kUnits) {
    if (text != unit) continue;
    if (number == 0 || number > kLongestWindowMs / factor) return std::nullopt;
    return number * factor;
  }
  return std::nullopt;
}

/// Reads "100/60s".
bool read_rate(std::string_view text, RateRule& rule) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + slash, rule.requests);
  if (error != std::errc{} || end != text.data() + slash) return false;
  const auto window = window_of(text.substr(slash + 1));
  if (rule.requests == 0 || rule.requests > kMostRequests || !window) return false;
  rule.window = std::chrono::milliseconds(*window);
  return true;
}

void append_list(std::string& text, const std::vector<std::string>& list) {
  for (const std::string& item : list) text.append(item).append(1, '\n');
  text.append(1, '\n');
}

void append_key(std::string& text, const TrafficKey& key) {
  text.append(1, static_cast<char>('0' + static_cast<int>(key.kind))).append(key.name).append("\n");
}

Result<void> read_rate_rule(const RuleTable& from, TrafficSettings& traffic) {
  RateRuleKeys keys;
  auto read = from.reader.read_keys(from.table, from.section, from.section, [&](const auto& visit) {
    visit_limits_rate_keys(keys, visit);
  });
  for (const std::string_view key : {"routes", "limit"}) {
    if (read) read = from.require(key);
  }
  if (read) read = check_tokens(from, "methods", keys.methods, "methods ([\"POST\"])");
  if (!read) return read;
  auto key = key_of(from, keys.key);
  if (!key) return key.error();
  RateRule rule;
  rule.routes = keys.routes;
  rule.methods = keys.methods;
  rule.key = std::move(key).value();
  if (!read_rate(keys.limit, rule)) {
    return from.error("limit",
                      "requests and a time, of at most 1000000 requests and 24h (\"100/60s\")",
                      in_quotes(keys.limit));
  }
  if (from.table.contains("burst") && keys.burst == 0) {
    return from.error("burst", "an integer of at least 1", "0");
  }
  rule.burst = keys.burst != 0 ? keys.burst : rule.requests;
  rule.name = keys.name;
  if (rule.name.empty()) rule.name = "rate-" + std::to_string(traffic.rates.size() + 1);
  // The name is a string of structured fields and a label, so it has nothing to escape.
  const bool plain = rule.name.size() <= kLongestRuleName &&
                     std::all_of(rule.name.begin(), rule.name.end(), [](char c) {
                       return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                              (c >= 'a' && c <= 'z') || c == '-' || c == '_' || c == '.';
                     });
  if (!plain) {
    return from.error("name", "at most 64 letters, digits, \"-\", \"_\" and \".\"",
                      in_quotes(rule.name));
  }
  for (const RateRule& other : traffic.rates) {
    if (other.name == rule.name)
      return from.error("name", "a name of its own", in_quotes(rule.name));
  }
  append_list(rule.identity, rule.routes);
  append_list(rule.identity, rule.methods);
  append_key(rule.identity, rule.key);
  rule.identity += std::to_string(rule.requests) + "/" + std::to_string(rule.window.count()) + "/" +
                   std::to_string(rule.burst);
  traffic.rates.push_back(std::move(rule));
  return {};
}

Result<void> read_concurrency_rule(const RuleTable& from, TrafficSettings& traffic) {
  ConcurrencyRuleKeys keys;
  auto read = from.reader.read_keys(from.table, from.section, from.section, [&](const auto& visit) {
    visit_limits_concurrency_keys(keys, visit);
  });
  for (const std::string_view key : {"routes", "limit"}) {
    if (read) read = from.require(key);
  }
  if (!read) return read;
  auto key = key_of(from, keys.key);
  if (!key) return key.error();
  ConcurrencyRule rule{
      .routes = keys.routes, .key = std::move(key).value(), .limit = keys.limit, .identity = {}};
  append_list(rule.identity, rule.routes);
  append_key(rule.identity, rule.key);
  for (const ConcurrencyRule& other : traffic.concurrency) {
    if (other.identity == rule.identity) {
      return from.error("routes", "other routes or another key than in the tables before",
                        "the same");
    }
  }
  traffic.concurrency.push_back(std::move(rule));
  return {};
}

Result<void> read_priority_rule(const RuleTable& from, TrafficSettings& traffic) {
  PriorityRuleKeys keys;
  auto read = from.reader.read_keys(from.table, from.section, from.section, [&](const auto& visit) {
    visit_limits_priority_keys(keys, visit);
  });
  for (const std::string_view key : {"routes", "priority"}) {
    if (read) read = from.require(key);
  }
  if (!read) return read;
  const Priority priority = keys.priority == "low"    ? Priority::low
                            : keys.priority == "high" ? Priority::high
                                                      : Priority::normal;
  traffic.priorities.push_back({.routes = keys.routes, .priority = priority});
  return {};
}

/// Whether it is "*", an origin, or one with "*." before a host ("https://*.example.com").
bool is_origin_pattern(std::string_view text) {
  if (text == "*") return true;
  const std::size_t host = text.find("://");
  if (host == std::string_view::npos || text.ends_with('/') || !is_rule_value(text)) return false;
  const bool lower = std::none_of(text.begin(), text.end(),
                                  [](char c) { return (c >= 'A' && c <= 'Z') || c == ' '; });
  if (!lower) return false;
  std::string plain(text);
  if (text.substr(host + 3).starts_with("*.")) plain.erase(host + 3, 2);
  return plain.find('*') == std::string::npos && is_origin(plain);
}

bool has_star(const std::vector<std::string>& list) {
  return std::find(list.begin(), list.end(), "*") != list.end();
}

Result<void> check_cors_rule(const RuleTable& from, const CorsRuleKeys& rule) {
  for (const std::string& origin : rule.origins) {
    if (is_origin_pattern(origin)) continue;
    return from.error("origins",
                      "origins in lower case without a final slash (\"https://app.example.com\", "
                      "\"https://*.example.com\") or \"*\"",
                      in_quotes(origin));
  }
  if (rule.origins.empty()) return from.error("origins", "at least one origin", "none");
  // The Fetch standard gives "*" no special meaning in responses to requests with credentials.
  for (const auto& [key, list] :
       {std::pair<std::string_view, const std::vector<std::string>*>{"origins", &rule.origins},
        {"methods", &rule.methods},
        {"headers", &rule.headers},
        {"expose", &rule.expose}}) {
    if (rule.credentials && has_star(*list)) {
      return from.error(key, "names instead of \"*\", because credentials = true", "\"*\"");
    }
  }
  auto good = check_tokens(from, "methods", rule.methods, "methods ([\"GET\", \"PUT\"])");
  if (good) good = check_tokens(from, "headers", rule.headers, "names of fields");
  if (good) good = check_tokens(from, "expose", rule.expose, "names of fields");
  return good;
}

Result<void> read_cors_rule(const RuleTable& from, TrafficSettings& traffic) {
  CorsRuleKeys rule;
  auto read = from.reader.read_keys(from.table, from.section, from.section,
                                    [&](const auto& visit) { visit_cors_keys(rule, visit); });
  for (const std::string_view key : {"routes", "origins"}) {
    if (read) read = from.require(key);
  }
  if (read) read = check_cors_rule(from, rule);
  if (!read) return read;
  traffic.cors.push_back(std::move(rule));
  return {};
}

/// Fields that the server frames messages with, or that are several lines.
bool is_reserved_field(std::string_view name) {
  constexpr std::array<std::string_view, 10> kReserved = {
      "connection", "content-length", "transfer-encoding", "keep-alive", "upgrade",
      "trailer",    "date",           "content-encoding",  "set-cookie", "te"};
  return std::any_of(kReserved.begin(), kReserved.end(), [name](std::string_view reserved) {
    return base::equals_ignoring_case(reserved, name);
  });
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kSecurityFields = {{
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "strict-origin-when-cross-origin"},
    {"X-Frame-Options", "SAMEORIGIN"},
    {"Cross-Origin-Opener-Policy", "same-origin-allow-popups"},
    {"X-Permitted-Cross-Domain-Policies", "none"},
}};

Result<void> read_header_rule(const RuleTable& from, TrafficSettings& traffic) {
  HeaderRuleKeys keys;
  auto read = from.reader.read_keys(from.table, from.section, from.section,
                                    [&](const auto& visit) { visit_headers_keys(keys, visit); });
  if (read) read = from.require("routes");
  if (!read) return read;
  HeaderRule rule{.routes = keys.routes, .fields = {}};
  for (const std::string& field : keys.set) {
    // A name that is a token has no "=" in it; any other has an error.
    const std::size_t middle = field.find('=');
    std::string name = field.substr(0, middle);
    std::string value = field.substr(middle + 1);
    if (!is_rule_token(name) || is_reserved_field(name)) {
      return from.error("set", "the name of a field that is not for the server itself",
                        in_quotes(name));
    }
    if (!is_rule_value(value)) {
      return from.error("set", "a value of ASCII in one line for " + name, "other characters");
    }
    rule.fields.emplace_back(std::move(name), std::move(value));
  }
  if (keys.security) {
    for (const auto& [name, value] : kSecurityFields) rule.fields.emplace_back(name, value);
  }
  if (rule.fields.empty()) {
    return from.reader.error(from.table,
                             "[[headers]] expected set = { NAME = \"value\" } or security = true, "
                             "found neither");
  }
  traffic.headers.push_back(std::move(rule));
  return {};
}

using ReadRule = Result<void> (*)(const RuleTable&, TrafficSettings&);

Result<void> read_rules(const SettingsReader& reader, const toml::node& node,
                        std::string_view section, ReadRule read_rule, TrafficSettings& traffic) {
  const toml::array* const list = node.as_array();
  const std::string expects = "tables ([[" + std::string(section) + "]])";
  if (list == nullptr) return reader.unexpected(node, section, expects);
  if (list->size() > TrafficSettings::kMostRules) {
    return reader.error(node, std::string(section) + ": expected at most " +
                                  std::to_string(TrafficSettings::kMostRules) + " tables, found " +
                                  std::to_string(list->size()));
  }
  for (const toml::node& element : *list) {
    const auto table = reader.table(element, section);
    if (!table) return table.error();
    auto read = read_rule({.reader = reader, .table = **table, .section = section}, traffic);
    if (!read) return read;
  }
  return {};
}

}  // namespace

Result<void> read_traffic_limits(const SettingsReader& reader, const toml::table& limits,
                                 TrafficSettings& traffic) {
  constexpr std::array<std::pair<std::string_view, ReadRule>, 3> kLists = {
      {{"rate", read_rate_rule},
       {"concurrency", read_concurrency_rule},
       {"priority", read_priority_rule}}};
  for (const auto& [name, read_rule] : kLists) {
    const toml::node* const node = limits.get(name);
    if (node == nullptr) continue;
    const std::string section = "limits." + std::string(name);
    if (auto read = read_rules(reader, *node, section, read_rule, traffic); !read) return read;
  }
  return {};
}

Result<void> read_cors(const SettingsReader& reader, const toml::node& node,
                       TrafficSettings& traffic) {
  return read_rules(reader, node, "cors", read_cors_rule, traffic);
}

Result<void> read_headers(const SettingsReader& reader, const toml::node& node,
                          TrafficSettings& traffic) {
  return read_rules(reader, node, "headers", read_header_rule, traffic);
}

}  // namespace millrace::project
