#include "project/checked_text.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

#include "project/route.hpp"

namespace millrace::project {

namespace {

constexpr std::size_t kLongestMethod = 32;

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

bool stays_inside(std::string_view text) {
  if (text.empty() || text.front() == '/' || has_controls(text)) return false;
  const auto segments = segments_of(text);
  return std::find(segments.begin(), segments.end(), "..") == segments.end();
}

}  // namespace

bool has_controls(std::string_view text) {
  return std::any_of(text.begin(), text.end(), is_control);
}

bool is_method(std::string_view text) {
  return !text.empty() && text.size() <= kLongestMethod &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

bool is_base_path(std::string_view text) {
  return text.empty() ||
         (text.front() == '/' && text.back() != '/' &&
          text.find_first_of("?#\\ ") == std::string_view::npos && !has_controls(text));
}

std::string required_file(JsonReader& reader, std::string_view name, std::string_view expected) {
  std::string text = reader.required_text(name);
  if (!stays_inside(text)) {
    namespace json = boost::json;
    reader.report(name, expected, json::serialize(json::string(text)));
  }
  return text;
}

}  // namespace millrace::project
