// Reads members out of JSON of unknown origin: each getter says what was expected and what was
// found, with the path to the place, instead of throwing.
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

  /// Members that must be there. What is missing or wrong gives an empty value, or nullptr.
  std::string required_text(std::string_view name);
  bool required_flag(std::string_view name);
  /// Any number, also one with a fraction.
  double required_number(std::string_view name);
  /// A whole number from `least` to `most`; `least` where it is none.
  std::int64_t required_whole(std::string_view name, std::int64_t least, std::int64_t most);
  std::vector<std::string> required_texts(std::string_view name);
  /// Whole numbers from 0 on.
  std::vector<std::uint64_t> required_counts(std::string_view name);
  const boost::json::object* required_object(std::string_view name);
  const boost::json::array* required_array(std::string_view name);

  /// null and missing give nullptr.
  const boost::json::value* find(std::string_view name) const;

  /// Reads an object inside with `read`, which gets its reader; does nothing where there is none.
  template <typename Read>
  void inside(std::string_view name, const Read& read) {
    if (find(name) == nullptr) return;
    const boost::json::object* object = required_object(name);
    if (object == nullptr) return;
    JsonReader inner(*object, place_of(name));
    read(inner);
    if (inner.complaint()) adopt(*inner.complaint());
  }

  /// Reads the objects of an array with `read`, which gets each one's reader, until one of them
  /// complains; a missing array is an empty one.
  template <typename Read>
  void each(std::string_view name, const Read& read) {
    if (find(name) == nullptr) return;
    const boost::json::array* items = required_array(name);
    if (items == nullptr) return;
    for (std::size_t at = 0; at < items->size() && !complaint_; ++at) {
      const std::string place = place_of(name) + "[" + std::to_string(at) + "]";
      const boost::json::object* object = (*items)[at].if_object();
      if (object == nullptr) return adopt(unexpected(place, "an object", (*items)[at]));
      JsonReader item(*object, place);
      read(item);
      if (item.complaint()) adopt(*item.complaint());
    }
  }

  void complain(std::string_view name, std::string_view expected, std::string_view found);

  /// Takes over the complaint of a reader of something inside.
  void adopt(const std::string& complaint) {
    if (!complaint_) complaint_ = complaint;
  }

  [[nodiscard]] const std::optional<std::string>& complaint() const { return complaint_; }
  [[nodiscard]] std::string place_of(std::string_view name) const;

 private:
  [[nodiscard]] static std::string unexpected(std::string_view place, std::string_view expected,
                                              const boost::json::value& found);
  /// What a member is, or "nothing".
  [[nodiscard]] std::string_view kind_of(std::string_view name) const;

  const boost::json::object& object_;
  std::string place_;
  std::optional<std::string> complaint_;
};

}  // namespace millrace::project
