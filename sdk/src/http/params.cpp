#include "millrace/params.hpp"

#include <algorithm>
#include <stdexcept>

#include "text/percent.hpp"

namespace millrace {

namespace {

std::string_view take_until(std::string_view& rest, char end) {
  const std::size_t at = rest.find(end);
  const std::string_view taken = rest.substr(0, at);
  rest = at == std::string_view::npos ? std::string_view() : rest.substr(at + 1);
  return taken;
}

Params::Value value_of(const Segment& segment, std::string_view text) {
  Params::Value value{.name = segment.name, .kind = segment.kind, .segments = {}, .joined = {}};
  if (segment.kind == SegmentKind::single) {
    value.segments.push_back(decode_percent(text));
    value.joined = value.segments.front();
    return value;
  }
  while (!text.empty()) value.segments.push_back(decode_percent(take_until(text, '/')));
  for (const std::string& part : value.segments) {
    if (&part != &value.segments.front()) value.joined += '/';
    value.joined += part;
  }
  return value;
}

[[noreturn]] void no_such(std::string_view name) {
  throw std::out_of_range("the route has no dynamic segment [" + std::string(name) +
                          "]; see the folder names in its path");
}

}  // namespace

Params::Params(std::initializer_list<std::pair<std::string, std::string>> values) {
  for (const auto& [name, value] : values) {
    values_.push_back(
        {.name = name, .kind = SegmentKind::single, .segments = {value}, .joined = value});
  }
}

Params::Params(std::span<const Segment> segments, std::string_view values) {
  values_.reserve(segments.size());
  for (const Segment& segment : segments) {
    const std::string_view text = take_until(values, ' ');
    if (text.empty() && segment.kind == SegmentKind::optional_catch_all) {
      empty_.push_back(segment.name);
    } else {
      values_.push_back(value_of(segment, text));
    }
  }
}

const Params::Value& Params::value(std::string_view name) const {
  static const Value empty{
      .name = {}, .kind = SegmentKind::optional_catch_all, .segments = {}, .joined = {}};
  for (const Value& value : values_) {
    if (value.name == name) return value;
  }
  if (std::find(empty_.begin(), empty_.end(), name) == empty_.end()) no_such(name);
  return empty;
}

const std::string& Params::operator[](std::string_view name) const { return value(name).joined; }

const std::vector<std::string>& Params::all(std::string_view name) const {
  return value(name).segments;
}

bool Params::has(std::string_view name) const {
  return std::any_of(values_.begin(), values_.end(),
                     [name](const Value& value) { return value.name == name; });
}

}  // namespace millrace
