// NamedValues is a list of names with one value or several each: the parameters that a rule's
// pattern captured, or a request's query as Next.js parses it. Lookups are linear, since the lists
// are short.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::routing {

struct NamedValue {
  std::string name;
  /// One value, unless it is a list.
  std::vector<std::string> values;
  /// Whether it is an array in JavaScript, of any length: a repeated key of a query, or the capture
  /// of `:name*`.
  bool list = false;
};

class NamedValues {
 public:
  [[nodiscard]] const NamedValue* find(std::string_view name) const;

  /// Replaces the entry with this name in its place, or appends it.
  void set(NamedValue value);
  void set(std::string_view name, std::string value);

  /// Appends an entry whose name is not in the list.
  void append(NamedValue value) { entries_.push_back(std::move(value)); }

  [[nodiscard]] bool empty() const { return entries_.empty(); }
  [[nodiscard]] auto begin() const { return entries_.begin(); }
  [[nodiscard]] auto end() const { return entries_.end(); }

 private:
  std::vector<NamedValue> entries_;
};

}  // namespace millrace::routing
