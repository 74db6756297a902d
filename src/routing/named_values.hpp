// NamedValues is a list of names, each with a value or several: the parameters that a rule's
// pattern took, or a request's query as Next.js reads it. Names are looked for one by one, since
// there are few.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::routing {

struct NamedValue {
  std::string name;
  /// One, unless it is a list.
  std::vector<std::string> values;
  /// A repeated key of a query, or what `:name*` took: an array in JavaScript, of any length.
  bool list = false;
};

class NamedValues {
 public:
  [[nodiscard]] const NamedValue* find(std::string_view name) const;

  /// Replaces what has the name, in its place, or appends.
  void set(NamedValue value);
  void set(std::string_view name, std::string value);

  /// Appends one whose name is not there yet.
  void append(NamedValue value) { entries_.push_back(std::move(value)); }

  [[nodiscard]] bool empty() const { return entries_.empty(); }
  [[nodiscard]] auto begin() const { return entries_.begin(); }
  [[nodiscard]] auto end() const { return entries_.end(); }

 private:
  std::vector<NamedValue> entries_;
};

}  // namespace millrace::routing
