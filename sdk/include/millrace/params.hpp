// Params are the values of a route's dynamic segments: of /api/users/[id] the `id`, decoded.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace {

/// What a dynamic segment takes.
enum class SegmentKind : std::uint8_t {
  /// [name]: one segment.
  single,
  /// [...name]: one segment or more.
  catch_all,
  /// [[...name]]: any number, none included.
  optional_catch_all,
};

/// A route's dynamic segment.
struct Segment {
  std::string name;
  SegmentKind kind = SegmentKind::single;
};

class Params {
 public:
  /// No parameters.
  Params() = default;

  /// As a test gives them: {{"id", "7"}}.
  Params(std::initializer_list<std::pair<std::string, std::string>> values);

  /// `values` as the link carries them: in the segments' order, one space between, percent-encoded,
  /// "/" between the segments of a catch-all.
  Params(std::span<const Segment> segments, std::string_view values);

  /// The value of [name]; of a catch-all its segments with "/" between. Empty where an optional
  /// catch-all matched nothing. Throws std::out_of_range where the route has no such segment.
  [[nodiscard]] const std::string& operator[](std::string_view name) const;

  /// The segments that [...name] matched; for [name] one. Throws like operator[].
  [[nodiscard]] const std::vector<std::string>& all(std::string_view name) const;

  [[nodiscard]] bool has(std::string_view name) const;

  struct Value {
    std::string name;
    SegmentKind kind = SegmentKind::single;
    std::vector<std::string> segments;
    std::string joined;
  };
  /// In the path's order; an optional catch-all that matched nothing is left out, as in Next.js.
  [[nodiscard]] const std::vector<Value>& values() const { return values_; }

 private:
  [[nodiscard]] const Value& value(std::string_view name) const;

  std::vector<Value> values_;
  /// Names of optional catch-alls that matched nothing.
  std::vector<std::string> empty_;
};

}  // namespace millrace
