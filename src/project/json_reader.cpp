#include "project/json_reader.hpp"

#include <boost/json/string.hpp>

namespace millrace::project {

namespace json = boost::json;

std::string_view kind_name(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null:
      return "null";
    case json::kind::bool_:
      return "a boolean";
    case json::kind::int64:
    case json::kind::uint64:
    case json::kind::double_:
      return "a number";
    case json::kind::string:
      return "a string";
    case json::kind::array:
      return "an array";
    case json::kind::object:
      return "an object";
  }
  return "something else";
}

std::string JsonReader::place_of(std::string_view name) const {
  return place_.empty() ? std::string(name) : place_ + "." + std::string(name);
}

void JsonReader::complain(std::string_view name, std::string_view expected,
                          std::string_view found) {
  if (complaint_) return;
  complaint_ = place_of(name) + ": expected " + std::string(expected) + ", found ";
  complaint_->append(found);
}

const json::value* JsonReader::find(std::string_view name) const {
  const json::value* value = object_.if_contains(json::string_view(name.data(), name.size()));
  return value == nullptr || value->is_null() ? nullptr : value;
}

std::string JsonReader::text(std::string_view name, std::string fallback) {
  const json::value* value = find(name);
  if (value == nullptr) return fallback;
  if (const json::string* text = value->if_string()) return {text->data(), text->size()};
  complain(name, "a string", kind_name(*value));
  return fallback;
}

bool JsonReader::flag(std::string_view name, bool fallback) {
  const json::value* value = find(name);
  if (value == nullptr) return fallback;
  if (const bool* flag = value->if_bool()) return *flag;
  complain(name, "true or false", kind_name(*value));
  return fallback;
}

std::vector<std::string> JsonReader::texts(std::string_view name,
                                           std::vector<std::string> fallback) {
  const json::value* value = find(name);
  if (value == nullptr) return fallback;
  const json::array* items = value->if_array();
  if (items == nullptr) {
    complain(name, "an array of strings", kind_name(*value));
    return fallback;
  }
  std::vector<std::string> texts;
  texts.reserve(items->size());
  for (const json::value& item : *items) {
    const json::string* text = item.if_string();
    if (text == nullptr) {
      complain(name, "an array of strings", std::string(kind_name(item)) + " in it");
      return fallback;
    }
    texts.emplace_back(text->data(), text->size());
  }
  return texts;
}

std::string JsonReader::required_text(std::string_view name) {
  if (find(name) == nullptr) complain(name, "a string", "nothing");
  return text(name, {});
}

const json::object* JsonReader::required_object(std::string_view name) {
  const json::value* value = find(name);
  const json::object* object = value == nullptr ? nullptr : value->if_object();
  if (object == nullptr) complain(name, "an object", value ? kind_name(*value) : "nothing");
  return object;
}

const json::array* JsonReader::required_array(std::string_view name) {
  const json::value* value = find(name);
  const json::array* array = value == nullptr ? nullptr : value->if_array();
  if (array == nullptr) complain(name, "an array", value ? kind_name(*value) : "nothing");
  return array;
}

}  // namespace millrace::project
