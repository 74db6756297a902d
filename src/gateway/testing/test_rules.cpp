#include "gateway/testing/test_rules.hpp"

#include <algorithm>

#include "project/route.hpp"
#include "routing/url_text.hpp"

namespace millrace::gateway {

namespace {

using project::Condition;
using project::Rule;
using project::Token;

bool is_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// Splits text at its ":name"s; a slash before one belongs to it, as in path-to-regexp.
std::vector<Token> tokens_of(std::string_view text) {
  std::vector<Token> tokens;
  Token literal;
  while (!text.empty()) {
    if (text.front() != ':') {
      literal.text += text.front();
      text.remove_prefix(1);
      continue;
    }
    const auto end = std::find_if_not(text.begin() + 1, text.end(), is_name);
    Token parameter;
    parameter.name.assign(text.begin() + 1, end);
    text.remove_prefix(static_cast<std::size_t>(end - text.begin()));
    if (text.starts_with('*') || text.starts_with('?')) {
      parameter.modifier = text.front();
      text.remove_prefix(1);
    }
    if (literal.text.ends_with('/')) {
      literal.text.pop_back();
      parameter.prefix = "/";
    }
    if (!literal.text.empty()) tokens.push_back(std::exchange(literal, {}));
    tokens.push_back(std::move(parameter));
  }
  if (!literal.text.empty()) tokens.push_back(std::move(literal));
  return tokens;
}

}  // namespace

Rule rule_for(std::string_view source) {
  Rule rule;
  rule.source = source;
  rule.regex = "^";
  for (std::string_view segment : project::segments_of(source)) {
    if (!segment.starts_with(':')) {
      rule.regex.append("\\/").append(segment);
      continue;
    }
    segment.remove_prefix(1);
    const bool repeats = segment.ends_with('*');
    if (repeats) segment.remove_suffix(1);
    rule.regex += repeats ? "(?:\\/((?:[^\\/]+?)(?:\\/(?:[^\\/]+?))*))?" : "(?:\\/([^\\/]+?))";
    rule.keys.push_back({.name = std::string(segment),
                         .repeats = repeats,
                         .separator = repeats ? "/" : std::string()});
  }
  rule.regex += "(?:\\/)?$";
  return rule;
}

Rule endless_rule() {
  Rule rule;
  rule.source = "/:path((?:a+)+)";
  rule.regex = "^/(?:a+)+$";
  return rule;
}

std::string endless_path() { return "/" + std::string(64, 'a') + "!"; }

project::Destination destination_of(std::string_view text) {
  project::Destination destination;
  if (const std::size_t scheme = text.find("://"); scheme != std::string_view::npos) {
    destination.protocol = text.substr(0, scheme + 1);
    text.remove_prefix(scheme + 3);
    const std::size_t end = std::min(text.find('/'), text.size());
    std::string_view authority = text.substr(0, end);
    text.remove_prefix(end);
    const std::size_t digits = authority.find_last_not_of("0123456789");
    if (digits + 1 < authority.size() && authority[digits] == ':') {
      destination.port = authority.substr(digits + 1);
      authority = authority.substr(0, digits);
    }
    destination.host = tokens_of(authority);
  }
  const routing::UrlParts parts = routing::split_url(text);
  destination.path = tokens_of(parts.path);
  if (!parts.fragment.empty()) {
    std::vector<Token> fragment = tokens_of("#" + std::string(parts.fragment));
    destination.path.insert(destination.path.end(), fragment.begin(), fragment.end());
  }
  for (std::string_view rest = parts.query; !rest.empty();) {
    const std::size_t end = std::min(rest.find('&'), rest.size());
    const std::string_view pair = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const std::size_t equals = pair.find('=');
    destination.query.emplace_back(pair.substr(0, equals),
                                   std::vector<std::string>{std::string(pair.substr(equals + 1))});
  }
  return destination;
}

Rule adding(std::string_view source, std::vector<std::pair<std::string, std::string>> fields) {
  Rule rule = rule_for(source);
  rule.headers = std::move(fields);
  return rule;
}

Rule redirecting(std::string_view source, std::string_view destination, std::uint16_t status) {
  Rule rule = rewriting(source, destination);
  rule.status = status;
  return rule;
}

Rule rewriting(std::string_view source, std::string_view destination) {
  Rule rule = rule_for(source);
  rule.destination = destination_of(destination);
  return rule;
}

Rule with(Rule rule, Condition condition) {
  rule.has.push_back(std::move(condition));
  return rule;
}

Rule without(Rule rule, Condition condition) {
  rule.missing.push_back(std::move(condition));
  return rule;
}

Condition header(std::string key, std::string value) {
  return {.kind = Condition::Kind::header, .key = std::move(key), .value = std::move(value)};
}

Condition cookie(std::string key, std::string value) {
  return {.kind = Condition::Kind::cookie, .key = std::move(key), .value = std::move(value)};
}

Condition query(std::string key, std::string value) {
  return {.kind = Condition::Kind::query, .key = std::move(key), .value = std::move(value)};
}

Condition host(std::string value) {
  return {.kind = Condition::Kind::host, .key = {}, .value = std::move(value)};
}

}  // namespace millrace::gateway
