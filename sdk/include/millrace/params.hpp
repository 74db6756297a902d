// Params are the values of a route's dynamic segments, decoded: `id` for /api/users/[id].
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace {

/// What a dynamic segment matches.
enum class SegmentKind : std::uint8_t {
  /// [name]: one segment.
  single,
  /// [...name]: one or more segments.
  catch_all,
  /// [[...name]]: any number of segments, including none.
  optional_catch_all,
};

/// A dynamic segment of a route.
struct Segment {
  std::string name;
  SegmentKind kind = SegmentKind::single;
};

class Params {
 public:
  /// No parameters.
  Params() = default;

  /// Parameters for a test: {{"id", "7"}}.
  Params(std::initializer_list<std::pair<std::string, std::string>> values);

  /// `values` as they are sent on the link: in the segments' order, separated by one space,
  /// percent-encoded, with "/" between the segments of a catch-all.
  Params(std::span<const Segment> segments, std::string_view values);

  /// The value of [name], or the segments of a catch-all joined by "/". Empty where an optional
  /// catch-all matched nothing. Throws std::out_of_range where the route has no such segment.
  [[nodiscard]] const std::string& operator[](std::string_view name) const;

  /// The segments that [...name] matched; one for [name]. Throws like operator[].
  [[nodiscard]] const std::vector<std::string>& all(std::string_view name) const;

  [[nodiscard]] bool has(std::string_view name) const;

  struct Value {
    std::string name;
    SegmentKind kind = SegmentKind::single;
    std::vector<std::string> segments;
    std::string joined;
  };
  /// In the order of the path. An optional catch-all that matched nothing is omitted, as in
  /// Next.js.
  [[nodiscard]] const std::vector<Value>& values() const { return values_; }

 private:
  [[nodiscard]] const Value& value(std::string_view name) const;

  std::vector<Value> values_;
  /// Names of the optional catch-alls that matched nothing.
  std::vector<std::string> empty_;
};

}  // namespace millrace
