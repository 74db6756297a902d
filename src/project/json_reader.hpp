// Reads members out of JSON of unknown origin: each getter says what was expected and what was
// found, with the path to the place, instead of throwing.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::project {

/// "a string", "an array" …: what a value is, for messages.
[[nodiscard]] std::string_view kind_name(const boost::json::value& value);

/// Walks one object. The first complaint is kept and later reads give their defaults, so that a
/// caller reads everything in a row and asks once.
class JsonReader {
 public:
  /// `place` is how messages call the object: "routes[3]", or "" for the top.
  JsonReader(const boost::json::object& object, std::string place)
      : object_(object), place_(std::move(place)) {}

  /// Missing members give `fallback`; others must have the type.
  std::string text(std::string_view name, std::string fallback);
  bool flag(std::string_view name, bool fallback);
  std::vector<std::string> texts(std::string_view name, std::vector<std::string> fallback);

  /// Members that must be there.
  std::string required_text(std::string_view name);
  const boost::json::object* required_object(std::string_view name);
  const boost::json::array* required_array(std::string_view name);

  /// null and missing give nullptr.
  const boost::json::value* find(std::string_view name) const;

  void complain(std::string_view name, std::string_view expected, std::string_view found);

  /// Takes over the complaint of a reader of something inside.
  void adopt(const std::string& complaint) {
    if (!complaint_) complaint_ = complaint;
  }

  [[nodiscard]] const std::optional<std::string>& complaint() const { return complaint_; }
  [[nodiscard]] std::string place_of(std::string_view name) const;

 private:
  const boost::json::object& object_;
  std::string place_;
  std::optional<std::string> complaint_;
};

}  // namespace millrace::project
