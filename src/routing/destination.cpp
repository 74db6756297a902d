#include "routing/destination.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/ascii.hpp"
#include "routing/query.hpp"

namespace millrace::routing {

namespace {

using project::Token;

/// The locale that Next.js puts before the paths of rules; it is not one of the project's
/// parameters.
constexpr std::string_view kLocale = "nextInternalLocale";

bool is_word(char c) {
  const char lower = base::to_lower(c);
  return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

/// Appends one parameter as path-to-regexp's compile() does. Returns false where the value does not
/// fit.
bool append_parameter(std::string& out, const Token& token, const NamedValue* value, bool encode) {
  const bool optional = token.modifier == '?' || token.modifier == '*';
  if (value == nullptr || (value->list && value->values.empty())) return optional;
  const bool repeats = token.modifier == '*' || token.modifier == '+';
  if (value->list && !repeats) return false;
  for (const std::string& one : value->values) {
    out += token.prefix;
    if (encode) {
      append_component(out, one);
    } else {
      out += one;
    }
    out += token.suffix;
  }
  return true;
}

std::optional<std::string> fill_tokens(const std::vector<Token>& tokens,
                                       const NamedValues& parameters, bool encode) {
  std::string out;
  for (const Token& token : tokens) {
    if (token.name.empty()) {
      out += token.text;
    } else if (!append_parameter(out, token, parameters.find(token.name), encode)) {
      return std::nullopt;
    }
  }
  return out;
}

bool names_one_of(const std::vector<Token>& tokens, const NamedValues& parameters) {
  return std::any_of(tokens.begin(), tokens.end(), [&parameters](const Token& token) {
    return !token.name.empty() && token.name != kLocale && parameters.find(token.name) != nullptr;
  });
}

}  // namespace

std::optional<std::string> fill_text(std::string_view text, const NamedValues& parameters) {
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    if (text[at] != ':') {
      out += text[at++];
      continue;
    }
    std::size_t end = at + 1;
    while (end < text.size() && is_word(text[end])) ++end;
    const NamedValue* value = parameters.find(text.substr(at + 1, end - at - 1));
    if (end == at + 1 || value == nullptr) {
      out.append(text, at, end - at);
      at = end;
      continue;
    }
    Token token{.text = {}, .name = value->name, .prefix = {}, .suffix = {}, .modifier = 0};
    // As in path-to-regexp: a slash or dot before a parameter belongs to each of its values.
    if (out.empty() || out.back() == '/' || out.back() == '.')
      token.prefix = out.empty() ? "/" : out.substr(out.size() - 1);
    const bool at_start = out.empty();
    if (!out.empty() && !token.prefix.empty()) out.pop_back();
    if (end < text.size() && (text[end] == '*' || text[end] == '+' || text[end] == '?')) {
      token.modifier = text[end++];
    }
    std::string filled;
    if (!append_parameter(filled, token, value, false)) return std::nullopt;
    // Removes what was put before the text for the compiler.
    out += at_start && !filled.empty() ? filled.substr(1) : filled;
    at = end;
  }
  return out;
}

std::optional<Target> fill_destination(const project::Destination& destination,
                                       const NamedValues& parameters, const NamedValues& query,
                                       Purpose purpose) {
  Target target;
  target.query = query;
  const bool named =
      names_one_of(destination.path, parameters) || names_one_of(destination.host, parameters);
  NamedValues added;
  for (const auto& [name, values] : destination.query) {
    NamedValue entry{.name = name, .values = {}, .list = values.size() > 1};
    for (const std::string& value : values) {
      auto filled = fill_text(value, parameters);
      if (!filled) return std::nullopt;
      target.search += target.search.empty() ? '?' : '&';
      append_component(target.search, name);
      target.search += '=';
      append_component(target.search, *filled);
      entry.values.push_back(std::move(*filled));
    }
    added.set(std::move(entry));
  }
  if (purpose == Purpose::rewrite && !named) {
    for (const NamedValue& parameter : parameters) {
      if (parameter.name != kLocale && added.find(parameter.name) == nullptr) added.set(parameter);
    }
  }
  for (const NamedValue& entry : added) target.query.set(entry);

  auto path = fill_tokens(destination.path, parameters, false);
  if (!path) return std::nullopt;
  const std::size_t hash = path->find('#');
  target.path = path->substr(0, hash);
  if (hash != std::string::npos && hash + 1 < path->size()) target.fragment = path->substr(hash);
  if (!destination.protocol.empty()) {
    auto host = fill_tokens(destination.host, parameters, true);
    if (!host) return std::nullopt;
    target.origin = destination.protocol + "//" + *host;
    if (!destination.port.empty()) target.origin += ':' + destination.port;
  }
  return target;
}

}  // namespace millrace::routing
