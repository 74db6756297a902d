#include "routing/rule_matcher.hpp"

#include <algorithm>
#include <utility>

#include "base/ascii.hpp"
#include "routing/url_text.hpp"

namespace millrace::routing {

namespace {

using project::Condition;

/// Letters only, as Next.js names a parameter after a condition's key.
std::string parameter_name(std::string_view key) {
  std::string name;
  for (const char c : key) {
    const char lower = base::to_lower(c);
    if (lower >= 'a' && lower <= 'z') name += c;
  }
  return name;
}

/// The lines of a field section: this floor knows no more of HTTP than that.
template <typename Visit>
void each_field(std::string_view fields, const Visit& visit) {
  while (!fields.empty()) {
    const std::size_t end = std::min(fields.find("\r\n"), fields.size());
    const std::string_view line = fields.substr(0, end);
    fields.remove_prefix(std::min(end + 2, fields.size()));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    std::string_view value = line.substr(colon + 1);
    while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) {
      value.remove_prefix(1);
    }
    visit(line.substr(0, colon), value);
  }
}

/// Repeated fields are one, joined as Node.js does.
std::optional<std::string> field_value(std::string_view fields, std::string_view name) {
  std::optional<std::string> found;
  const std::string_view separator = base::equals_ignoring_case(name, "cookie") ? "; " : ", ";
  each_field(fields, [&](std::string_view given, std::string_view value) {
    if (!base::equals_ignoring_case(given, name)) return;
    if (found) {
      found->append(separator).append(value);
    } else {
      found.emplace(value);
    }
  });
  return found;
}

std::string decoded_cookie(std::string_view value) {
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
    value = value.substr(1, value.size() - 2);
  }
  std::string out;
  for (std::size_t at = 0; at < value.size(); ++at) {
    const int high =
        value[at] == '%' && at + 2 < value.size() ? base::hex_digit(value[at + 1]) : -1;
    const int low = high >= 0 ? base::hex_digit(value[at + 2]) : -1;
    if (low < 0) {
      out += value[at];
      continue;
    }
    out += static_cast<char>(high * 16 + low);
    at += 2;
  }
  return out;
}

/// The first cookie of that name.
std::optional<std::string> cookie_value(std::string_view fields, std::string_view name) {
  const auto all = field_value(fields, "cookie");
  if (!all) return std::nullopt;
  std::string_view rest = *all;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(';'), rest.size());
    std::string_view pair = base::trim(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos || base::trim(pair.substr(0, equals)) != name) continue;
    return decoded_cookie(base::trim(pair.substr(equals + 1)));
  }
  return std::nullopt;
}

std::optional<std::string> host_name(std::string_view fields) {
  auto host = field_value(fields, "host");
  if (!host) return std::nullopt;
  host->resize(std::min(host->find(':'), host->size()));
  std::transform(host->begin(), host->end(), host->begin(), base::to_lower);
  return host;
}

std::optional<std::string> value_of(const Condition& condition, const RequestFacts& request) {
  switch (condition.kind) {
    case Condition::Kind::header:
      return field_value(request.fields, condition.key);
    case Condition::Kind::cookie:
      return cookie_value(request.fields, condition.key);
    case Condition::Kind::host:
      return host_name(request.fields);
    case Condition::Kind::query:
      const NamedValue* entry = request.query.find(condition.key);
      if (entry == nullptr || entry->values.empty()) return std::nullopt;
      return entry->values.back();
  }
  return std::nullopt;
}

}  // namespace

RuleMatcher::RuleMatcher(project::Rule rule, Pattern path)
    : rule_(std::move(rule)), path_(std::move(path)) {}

base::Result<std::vector<RuleMatcher::CompiledCondition>> RuleMatcher::compile_conditions(
    const std::vector<Condition>& conditions) {
  std::vector<CompiledCondition> compiled;
  for (const Condition& condition : conditions) {
    CompiledCondition item{.condition = condition, .value = {}};
    if (!condition.value.empty()) {
      auto pattern = Pattern::compile("^" + condition.value + "$", Pattern::Case::sensitive);
      if (!pattern) return pattern.error();
      item.value = std::move(pattern).value();
    }
    compiled.push_back(std::move(item));
  }
  return compiled;
}

base::Result<RuleMatcher> RuleMatcher::compile(project::Rule rule, Pattern::Case matching) {
  auto path = Pattern::compile(rule.regex, matching);
  if (!path) return path.error();
  auto has = compile_conditions(rule.has);
  if (!has) return has.error();
  auto missing = compile_conditions(rule.missing);
  if (!missing) return missing.error();
  RuleMatcher matcher(std::move(rule), std::move(path).value());
  matcher.has_ = std::move(has).value();
  matcher.missing_ = std::move(missing).value();
  return matcher;
}

bool RuleMatcher::holds(const CompiledCondition& condition, const RequestFacts& request,
                        NamedValues& parameters) {
  const Condition& asked = condition.condition;
  const auto value = value_of(asked, request);
  if (!value || value->empty()) return false;
  if (!condition.value) {
    if (asked.kind == Condition::Kind::query) {
      NamedValue entry = *request.query.find(asked.key);
      entry.name = parameter_name(asked.key);
      parameters.set(std::move(entry));
    } else {
      parameters.set(parameter_name(asked.key), *value);
    }
    return true;
  }
  const auto match = condition.value->match(*value);
  if (!match) return false;
  const auto& names = condition.value->names();
  for (const auto& [name, number] : names) {
    const auto& group = match->groups[number - 1];
    if (group) parameters.set(name, std::string(*group));
  }
  if (names.empty() && asked.kind == Condition::Kind::host) parameters.set("host", *value);
  return true;
}

std::optional<NamedValues> RuleMatcher::match(std::string_view path,
                                              const RequestFacts& request) const {
  const auto match = path_.match(path);
  if (!match) return std::nullopt;
  NamedValues parameters;
  for (std::size_t i = 0; i < rule_.keys.size() && i < match->groups.size(); ++i) {
    const project::RuleKey& key = rule_.keys[i];
    const auto& group = match->groups[i];
    if (!group || key.name.empty()) continue;
    NamedValue value{.name = key.name, .values = {}, .list = key.repeats};
    std::string_view rest = *group;
    while (key.repeats && !key.separator.empty()) {
      const std::size_t end = rest.find(key.separator);
      if (end == std::string_view::npos) break;
      value.values.emplace_back(rest.substr(0, end));
      rest.remove_prefix(end + key.separator.size());
    }
    value.values.emplace_back(rest);
    parameters.set(std::move(value));
  }
  NamedValues unused;
  const auto has = [&](const CompiledCondition& item) { return holds(item, request, parameters); };
  const auto found = [&](const CompiledCondition& item) { return holds(item, request, unused); };
  if (!std::all_of(has_.begin(), has_.end(), has)) return std::nullopt;
  if (std::any_of(missing_.begin(), missing_.end(), found)) return std::nullopt;
  return parameters;
}

base::Result<std::vector<RuleMatcher>> compile_rules(const std::vector<project::Rule>& rules,
                                                     Pattern::Case matching) {
  std::vector<RuleMatcher> compiled;
  compiled.reserve(rules.size());
  for (const project::Rule& rule : rules) {
    auto matcher = RuleMatcher::compile(rule, matching);
    if (!matcher) {
      return base::Error(base::ErrorCode::invalid,
                         "the rule for " + rule.source + ": " + matcher.error().message());
    }
    compiled.push_back(std::move(matcher).value());
  }
  return compiled;
}

}  // namespace millrace::routing
