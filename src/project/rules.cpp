#include "project/rules.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <string_view>

#include "project/json_reader.hpp"

namespace millrace::project {

namespace {

namespace json = boost::json;
using base::Error;
using base::ErrorCode;

/// Reads the objects of an array member with `read`, which complains to the reader it is given.
template <typename T, typename Read>
std::vector<T> read_list(JsonReader& reader, std::string_view name, const Read& read) {
  std::vector<T> list;
  if (reader.find(name) == nullptr) return list;
  const json::array* items = reader.required_array(name);
  if (items == nullptr) return list;
  for (std::size_t at = 0; at < items->size(); ++at) {
    const std::string place = reader.place_of(name) + "[" + std::to_string(at) + "]";
    const json::object* object = (*items)[at].if_object();
    if (object == nullptr) {
      reader.complain(name, "objects", kind_name((*items)[at]));
      return list;
    }
    JsonReader item(*object, place);
    list.push_back(read(item));
    if (item.complaint()) {
      reader.adopt(*item.complaint());
      return list;
    }
  }
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
    reader.complain("type", "header, cookie, query or host", kind);
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
  if (reader.find("destination") != nullptr) {
    if (const json::object* object = reader.required_object("destination")) {
      JsonReader inner(*object, reader.place_of("destination"));
      rule.destination = read_destination(inner);
      if (inner.complaint()) reader.adopt(*inner.complaint());
    }
  }
  if (const json::value* status = reader.find("statusCode")) {
    const std::int64_t* number = status->if_int64();
    if (number == nullptr || *number < 300 || *number > 399) {
      reader.complain("statusCode", "a status of redirection", kind_name(*status));
    } else {
      rule.status = static_cast<std::uint16_t>(*number);
    }
  }
  return rule;
}

}  // namespace

base::Result<Rules> parse_rules(const json::value& given) {
  const json::object* object = given.if_object();
  if (object == nullptr) {
    return Error(ErrorCode::invalid,
                 "rules: expected an object, found " + std::string(kind_name(given)));
  }
  JsonReader reader(*object, "rules");
  Rules rules;
  rules.headers = read_list<Rule>(reader, "headers", read_rule);
  rules.redirects = read_list<Rule>(reader, "redirects", read_rule);
  if (reader.find("rewrites") != nullptr) {
    if (const json::object* phases = reader.required_object("rewrites")) {
      JsonReader inner(*phases, "rules.rewrites");
      rules.before_files = read_list<Rule>(inner, "beforeFiles", read_rule);
      rules.after_files = read_list<Rule>(inner, "afterFiles", read_rule);
      rules.fallback = read_list<Rule>(inner, "fallback", read_rule);
      if (inner.complaint()) reader.adopt(*inner.complaint());
    }
  }
  if (reader.complaint()) return Error(ErrorCode::invalid, *reader.complaint());
  return rules;
}

base::Result<Middleware> parse_middleware(const json::value& given) {
  const json::object* object = given.if_object();
  if (object == nullptr) {
    return Error(ErrorCode::invalid,
                 "middleware: expected an object, found " + std::string(kind_name(given)));
  }
  JsonReader reader(*object, "middleware");
  Middleware middleware;
  middleware.file = reader.required_text("file");
  middleware.module = reader.required_text("module");
  middleware.matchers = read_list<Rule>(reader, "matchers", read_rule);
  if (reader.complaint()) return Error(ErrorCode::invalid, *reader.complaint());
  return middleware;
}

}  // namespace millrace::project
