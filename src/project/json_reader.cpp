#include "project/json_reader.hpp"

#include <boost/json/string.hpp>
#include <limits>

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

std::string JsonReader::unexpected(std::string_view place, std::string_view expected,
                                   const json::value& found) {
  return std::string(place) + ": expected " + std::string(expected) + ", found " +
         std::string(kind_name(found));
}

std::string_view JsonReader::kind_of(std::string_view name) const {
  const json::value* value = find(name);
  return value == nullptr ? "nothing" : kind_name(*value);
}

void JsonReader::report(std::string_view name, std::string_view expected, std::string_view found) {
  if (error_) return;
  error_ = place_of(name) + ": expected " + std::string(expected) + ", found ";
  error_->append(found);
}

const json::value* JsonReader::find(std::string_view name) const {
  const json::value* value = object_.if_contains(json::string_view(name.data(), name.size()));
  return value == nullptr || value->is_null() ? nullptr : value;
}

std::string JsonReader::text(std::string_view name, std::string fallback) {
  const json::value* value = find(name);
  if (value == nullptr) return fallback;
  if (const json::string* text = value->if_string()) return {text->data(), text->size()};
  report(name, "a string", kind_name(*value));
  return fallback;
}

bool JsonReader::flag(std::string_view name, bool fallback) {
  const json::value* value = find(name);
  if (value == nullptr) return fallback;
  if (const bool* flag = value->if_bool()) return *flag;
  report(name, "true or false", kind_name(*value));
  return fallback;
}

std::vector<std::string> JsonReader::texts(std::string_view name,
                                           std::vector<std::string> fallback) {
  const json::value* value = find(name);
  if (value == nullptr) return fallback;
  const json::array* items = value->if_array();
  if (items == nullptr) {
    report(name, "an array of strings", kind_name(*value));
    return fallback;
  }
  std::vector<std::string> texts;
  texts.reserve(items->size());
  for (const json::value& item : *items) {
    const json::string* text = item.if_string();
    if (text == nullptr) {
      report(name, "an array of strings", std::string(kind_name(item)) + " in it");
      return fallback;
    }
    texts.emplace_back(text->data(), text->size());
  }
  return texts;
}

std::string JsonReader::required_text(std::string_view name) {
  if (find(name) == nullptr) report(name, "a string", "nothing");
  return text(name, {});
}

bool JsonReader::required_flag(std::string_view name) {
  if (find(name) == nullptr) report(name, "true or false", "nothing");
  return flag(name, false);
}

double JsonReader::required_number(std::string_view name) {
  const json::value* value = find(name);
  if (value != nullptr && value->is_number()) return value->to_number<double>();
  report(name, "a number", kind_of(name));
  return 0;
}

std::int64_t JsonReader::required_integer(std::string_view name, std::int64_t least,
                                          std::int64_t most) {
  const json::value* value = find(name);
  const std::int64_t* number = value == nullptr ? nullptr : value->if_int64();
  if (number != nullptr && *number >= least && *number <= most) return *number;
  const bool open = most == std::numeric_limits<std::int64_t>::max();
  const std::string range = open ? "of at least " + std::to_string(least)
                                 : "from " + std::to_string(least) + " to " + std::to_string(most);
  report(name, "an integer " + range,
         number == nullptr ? std::string(kind_of(name)) : std::to_string(*number));
  return least;
}

std::vector<std::string> JsonReader::required_texts(std::string_view name) {
  if (find(name) == nullptr) report(name, "an array of strings", "nothing");
  return texts(name, {});
}

std::vector<std::uint64_t> JsonReader::required_counts(std::string_view name) {
  std::vector<std::uint64_t> counts;
  const json::array* items = required_array(name);
  if (items == nullptr) return counts;
  counts.reserve(items->size());
  for (const json::value& item : *items) {
    const std::int64_t* number = item.if_int64();
    if (number == nullptr || *number < 0) {
      report(name, "an array of integers of 0 or more", std::string(kind_name(item)) + " in it");
      return {};
    }
    counts.push_back(static_cast<std::uint64_t>(*number));
  }
  return counts;
}

const json::object* JsonReader::required_object(std::string_view name) {
  const json::value* value = find(name);
  const json::object* object = value == nullptr ? nullptr : value->if_object();
  if (object == nullptr) report(name, "an object", kind_of(name));
  return object;
}

const json::array* JsonReader::required_array(std::string_view name) {
  const json::value* value = find(name);
  const json::array* array = value == nullptr ? nullptr : value->if_array();
  if (array == nullptr) report(name, "an array", kind_of(name));
  return array;
}

}  // namespace millrace::project
