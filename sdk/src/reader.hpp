// Reader takes a JSON value into a C++ object by the tables that read_type.hpp makes, and judges it
// by the rules. It goes through everything and notes all issues, in zod's order and words.
#pragma once

#include <boost/json/value.hpp>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "millrace/detail/plan.hpp"
#include "millrace/detail/read_type.hpp"
#include "millrace/validation_errors.hpp"

namespace millrace::detail {

struct Check;

/// For one input.
class Reader {
 public:
  explicit Reader(ValidationErrors& errors) : errors_(errors) {}

  /// `input` is null where there is nothing. What `out` holds after an issue does not count.
  void read(const boost::json::value* input, const Type& type, const FieldPlan& plan, void* out);

 private:
  using Input = const boost::json::value*;

  void read_optional(Input input, const Type& type, const FieldPlan& plan, void* out);
  void read_text(Input input, const FieldPlan& plan, void* out);
  void read_real(Input input, const Type& type, const FieldPlan& plan, void* out);
  void read_integer(Input input, const Type& type, const FieldPlan& plan, void* out);
  void read_boolean(Input input, const FieldPlan& plan, void* out);
  void read_enumeration(Input input, const Type& type, const FieldPlan& plan, void* out);
  void read_any(Input input, const FieldPlan& plan, void* out);
  void read_list(Input input, const Type& type, const FieldPlan& plan, void* out);
  void read_record(Input input, const Type& type, const FieldPlan& plan, void* out);
  void read_object(Input input, const Type& type, const FieldPlan& plan, void* out);
  void read_choice(Input input, const Type& type, const FieldPlan& plan, void* out);

  /// An item of a list or a value of a record: it is there, so null stands for an empty optional.
  void read_element(PathSegment segment, const boost::json::value& input, const Type& type,
                    const FieldPlan& plan, void* out);
  void report_unknown(const boost::json::object& object, const ObjectType& type,
                      const FieldPlan& plan);
  void check_whole(const ObjectPlan& plan, const void* object);

  /// All of a value's rules that are for texts.
  void check_text(const FieldPlan& plan, std::string& text);
  void check_number(const FieldPlan& plan, double value);
  /// Those of its length alone; zod judges it even where another type was expected.
  void check_length(const FieldPlan& plan, Input input);

  void fail(const FieldPlan& plan, const Check& check, std::string_view origin);
  /// Another type than `expected` has come.
  void mismatch(const FieldPlan& plan, std::string_view expected, Input input);
  void issue(const FieldPlan& plan, const std::string& message);
  /// Also keeps checks over the structs around it from being asked.
  void abort(const FieldPlan& plan, const std::string& message);

  ValidationErrors& errors_;
  std::vector<PathSegment> path_;
  std::size_t aborts_ = 0;
  std::size_t depth_ = 0;
  /// Values looked at in attempts to find the right one of several types, and how deep in those.
  std::size_t attempted_ = 0;
  std::size_t attempts_ = 0;
};

}  // namespace millrace::detail
