// Reads members of JSON of unknown origin. A getter that fails records an error with the path, what
// was expected and what was found, instead of throwing.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::project {

/// The type of a value for messages: "a string", "an array" …
[[nodiscard]] std::string_view kind_name(const boost::json::value& value);

/// Reads one object. It keeps the first error, and later getters return defaults, so that a caller
/// reads all members in a row and checks for an error once.
class JsonReader {
 public:
  /// `place` is the name of the object in messages: "routes[3]", or "" for the top.
  JsonReader(const boost::json::object& object, std::string place)
      : object_(object), place_(std::move(place)) {}

  /// Optional members: missing ones return `fallback`; present ones must have the type.
  std::string text(std::string_view name, std::string fallback);
  bool flag(std::string_view name, bool fallback);
  std::vector<std::string> texts(std::string_view name, std::vector<std::string> fallback);

  /// Required members. A missing or invalid one returns an empty value or nullptr.
  std::string required_text(std::string_view name);
  bool required_flag(std::string_view name);
  /// Any number, with or without a fraction.
  double required_number(std::string_view name);
  /// An integer from `least` to `most`; `least` where it is invalid.
  std::int64_t required_integer(std::string_view name, std::int64_t least, std::int64_t most);
  std::vector<std::string> required_texts(std::string_view name);
  /// Integers from 0 on.
  std::vector<std::uint64_t> required_counts(std::string_view name);
  const boost::json::object* required_object(std::string_view name);
  const boost::json::array* required_array(std::string_view name);

  /// Returns nullptr for null and for a missing member.
  const boost::json::value* find(std::string_view name) const;

  /// Reads a nested object with `read`, which gets its reader; does nothing where it is missing.
  template <typename Read>
  void inside(std::string_view name, const Read& read) {
    if (find(name) == nullptr) return;
    const boost::json::object* object = required_object(name);
    if (object == nullptr) return;
    JsonReader inner(*object, place_of(name));
    read(inner);
    if (inner.error()) adopt(*inner.error());
  }

  /// Reads the objects of an array with `read`, which gets a reader for each, up to the first
  /// error. A missing array counts as empty.
  template <typename Read>
  void each(std::string_view name, const Read& read) {
    if (find(name) == nullptr) return;
    const boost::json::array* items = required_array(name);
    if (items == nullptr) return;
    for (std::size_t at = 0; at < items->size() && !error_; ++at) {
      const std::string place = place_of(name) + "[" + std::to_string(at) + "]";
      const boost::json::object* object = (*items)[at].if_object();
      if (object == nullptr) return adopt(unexpected(place, "an object", (*items)[at]));
      JsonReader item(*object, place);
      read(item);
      if (item.error()) adopt(*item.error());
    }
  }

  /// Records the error that the member is not what was expected.
  void report(std::string_view name, std::string_view expected, std::string_view found);

  /// Records the error of a nested reader.
  void adopt(const std::string& error) {
    if (!error_) error_ = error;
  }

  [[nodiscard]] const std::optional<std::string>& error() const { return error_; }
  [[nodiscard]] std::string place_of(std::string_view name) const;

 private:
  [[nodiscard]] static std::string unexpected(std::string_view place, std::string_view expected,
                                              const boost::json::value& found);
  /// The type of a member, or "nothing".
  [[nodiscard]] std::string_view kind_of(std::string_view name) const;

  const boost::json::object& object_;
  std::string place_;
  std::optional<std::string> error_;
};

}  // namespace millrace::project
