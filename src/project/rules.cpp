#include "project/rules.hpp"

#include <string_view>

#include "project/checked_text.hpp"

namespace millrace::project {

namespace {

/// Reads the objects of an array member with `read`, which records errors in the reader it gets.
template <typename T, typename Read>
std::vector<T> read_list(JsonReader& reader, std::string_view name, const Read& read) {
  std::vector<T> list;
  reader.each(name, [&list, &read](JsonReader& item) { list.push_back(read(item)); });
  return list;
}

Condition read_condition(JsonReader& reader) {
  Condition condition;
  const std::string kind = reader.required_text("type");
  if (kind == "header") {
    condition.kind = Condition::Kind::header;
  } else if (kind == "cookie") {
    condition.kind = Condition::Kind::cookie;
  } else if (kind == "query") {
    condition.kind = Condition::Kind::query;
  } else if (kind == "host") {
    condition.kind = Condition::Kind::host;
  } else {
    reader.report("type", "header, cookie, query or host", kind);
  }
  condition.key = reader.text("key", {});
  condition.value = reader.text("value", {});
  return condition;
}

RuleKey read_key(JsonReader& reader) {
  return {.name = reader.text("name", {}),
          .repeats = reader.flag("repeats", false),
          .separator = reader.text("separator", {})};
}

Token read_token(JsonReader& reader) {
  const std::string modifier = reader.text("modifier", {});
  return {.text = reader.text("text", {}),
          .name = reader.text("name", {}),
          .prefix = reader.text("prefix", {}),
          .suffix = reader.text("suffix", {}),
          .modifier = modifier.empty() ? '\0' : modifier.front()};
}

Destination read_destination(JsonReader& reader) {
  Destination destination;
  destination.protocol = reader.text("protocol", {});
  destination.port = reader.text("port", {});
  destination.host = read_list<Token>(reader, "host", read_token);
  destination.path = read_list<Token>(reader, "path", read_token);
  destination.query = read_list<std::pair<std::string, std::vector<std::string>>>(
      reader, "query",
      [](JsonReader& item) { return std::pair(item.text("name", {}), item.texts("values", {})); });
  return destination;
}

Rule read_rule(JsonReader& reader) {
  Rule rule;
  rule.source = reader.required_text("source");
  rule.regex = reader.required_text("regex");
  rule.keys = read_list<RuleKey>(reader, "keys", read_key);
  rule.has = read_list<Condition>(reader, "has", read_condition);
  rule.missing = read_list<Condition>(reader, "missing", read_condition);
  rule.headers =
      read_list<std::pair<std::string, std::string>>(reader, "headers", [](JsonReader& item) {
        return std::pair(item.required_text("key"), item.text("value", {}));
      });
  reader.inside("destination",
                [&rule](JsonReader& inner) { rule.destination = read_destination(inner); });
  if (reader.find("statusCode") != nullptr) {
    rule.status = static_cast<std::uint16_t>(reader.required_integer("statusCode", 300, 399));
  }
  return rule;
}

/// A redirect or a rewrite.
Rule read_with_destination(JsonReader& reader) {
  Rule rule = read_rule(reader);
  if (!rule.destination) reader.report("destination", "an object", "nothing");
  return rule;
}

Rule read_redirect(JsonReader& reader) {
  Rule rule = read_with_destination(reader);
  if (rule.status == 0) reader.report("statusCode", "a redirection status", "nothing");
  return rule;
}

}  // namespace

Rules read_rules(JsonReader& manifest) {
  Rules rules;
  manifest.inside("rules", [&rules](JsonReader& reader) {
    rules.headers = read_list<Rule>(reader, "headers", read_rule);
    rules.redirects = read_list<Rule>(reader, "redirects", read_redirect);
    reader.inside("rewrites", [&rules](JsonReader& phases) {
      rules.before_files = read_list<Rule>(phases, "beforeFiles", read_with_destination);
      rules.after_files = read_list<Rule>(phases, "afterFiles", read_with_destination);
      rules.fallback = read_list<Rule>(phases, "fallback", read_with_destination);
    });
  });
  return rules;
}

std::optional<Middleware> read_middleware(JsonReader& manifest, std::size_t routes) {
  if (manifest.find("middleware") == nullptr) return std::nullopt;
  Middleware middleware;
  manifest.inside("middleware", [&middleware, routes](JsonReader& reader) {
    middleware.file = required_file(reader, "file", "a path inside the project");
    middleware.module = required_file(reader, "module", "a path below the manifest's folder");
    middleware.matchers = read_list<Rule>(reader, "matchers", read_rule);
    const auto number = static_cast<std::int64_t>(routes);
    static_cast<void>(reader.required_integer("number", number, number));
  });
  return middleware;
}

}  // namespace millrace::project
