#include "routing/rule_matcher.hpp"

#include <utility>

#include "base/ascii.hpp"
#include "routing/request_values.hpp"
#include "routing/utf16.hpp"

namespace millrace::routing {

namespace {

using project::Condition;

/// Returns the letters of a condition's key, which is how Next.js names its parameter.
std::string parameter_name(std::string_view key) {
  std::string name;
  for (const char c : key) {
    const char lower = base::to_lower(c);
    if (lower >= 'a' && lower <= 'z') name += c;
  }
  return name;
}

/// The value that a condition examines.
struct ConditionValue {
  std::string text;
  Encoding encoding;
};

/// Returns nothing also for an empty text, which is falsy in JavaScript.
std::optional<ConditionValue> non_empty(std::optional<std::string> text, Encoding encoding) {
  if (!text || text->empty()) return std::nullopt;
  return ConditionValue{.text = std::move(*text), .encoding = encoding};
}

std::optional<ConditionValue> value_of(const Condition& condition, const RequestFacts& request) {
  switch (condition.kind) {
    case Condition::Kind::header:
      return non_empty(field_value(request.fields, condition.key), Encoding::latin1);
    case Condition::Kind::cookie:
      return non_empty(cookie_value(request.fields, condition.key), Encoding::utf8);
    case Condition::Kind::host:
      return non_empty(host_name(request.fields), Encoding::latin1);
    case Condition::Kind::query:
      const NamedValue* entry = request.query.find(condition.key);
      if (entry == nullptr || entry->values.empty()) return std::nullopt;
      // An array is truthy, whatever it contains.
      if (entry->list) {
        return ConditionValue{.text = entry->values.back(), .encoding = Encoding::utf8};
      }
      return non_empty(entry->values.back(), Encoding::utf8);
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

Decision<NamedValues> RuleMatcher::holds(const CompiledCondition& condition,
                                         const RequestFacts& request) {
  const Condition& asked = condition.condition;
  const auto given = value_of(asked, request);
  if (!given) return No();
  NamedValues parameters;
  if (!condition.value) {
    if (asked.kind == Condition::Kind::query) {
      NamedValue entry = *request.query.find(asked.key);
      entry.name = parameter_name(asked.key);
      parameters.set(std::move(entry));
    } else {
      parameters.set(parameter_name(asked.key), given->text);
    }
    return parameters;
  }
  using Result = Decision<NamedValues>;
  const auto& names = condition.value->names();
  return condition.value->match(given->text, given->encoding)
      .decide(
          [&](const PatternMatch& match) -> Result {
            for (const auto& [name, number] : names) {
              const auto& group = match.groups[number - 1];
              if (group) parameters.set(name, std::string(*group));
            }
            if (names.empty() && asked.kind == Condition::Kind::host) {
              parameters.set("host", std::string(match.whole));
            }
            return std::move(parameters);
          },
          []() -> Result { return No(); },
          [](CannotTell& why) -> Result { return std::move(why); });
}

NamedValues RuleMatcher::parameters_of(const PatternMatch& match) const {
  NamedValues parameters;
  for (std::size_t i = 0; i < rule_.keys.size() && i < match.groups.size(); ++i) {
    const project::RuleKey& key = rule_.keys[i];
    const auto& group = match.groups[i];
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
  return parameters;
}

Decision<NamedValues> RuleMatcher::with_conditions(NamedValues parameters,
                                                   const RequestFacts& request) const {
  using Ending = std::optional<Decision<NamedValues>>;
  const auto unknown = [](CannotTell& why) -> Ending { return std::move(why); };
  for (const CompiledCondition& condition : has_) {
    Ending ending = holds(condition, request)
                        .decide(
                            [&](NamedValues& found) -> Ending {
                              for (const NamedValue& value : found) parameters.set(value);
                              return std::nullopt;
                            },
                            []() -> Ending { return No(); }, unknown);
    if (ending) return std::move(*ending);
  }
  for (const CompiledCondition& condition : missing_) {
    Ending ending = holds(condition, request)
                        .decide([](const NamedValues&) -> Ending { return No(); },
                                []() -> Ending { return std::nullopt; }, unknown);
    if (ending) return std::move(*ending);
  }
  return parameters;
}

Decision<NamedValues> RuleMatcher::match(std::string_view path, const RequestFacts& request) const {
  using Result = Decision<NamedValues>;
  return path_.match(path).decide(
      [&](const PatternMatch& match) { return with_conditions(parameters_of(match), request); },
      []() -> Result { return No(); }, [](CannotTell& why) -> Result { return std::move(why); });
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
