// Reader takes a JSON value into a C++ object by the tables that read_type.hpp makes, and judges it
// by the rules. It goes through everything and notes all issues, in zod's order and words.
#pragma once

#include <boost/json/value.hpp>
#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "millrace/detail/plan.hpp"
#include "millrace/detail/read_type.hpp"
#include "millrace/validation_errors.hpp"
#include "validation/pattern.hpp"

namespace millrace::detail {

struct Check;

/// For one input.
class Reader {
 public:
  explicit Reader(ValidationErrors& errors) : errors_(&errors) {}

  /// `input` is null where there is nothing. What `out` holds after an issue does not count.
  void read(const boost::json::value* input, const Type& type, const FieldPlan& plan, void* out);

 private:
  using Input = const boost::json::value*;
  /// Names are views into the input and the tables: few of them ever become texts.
  using Step = std::variant<std::string_view, std::size_t>;

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
  void read_element(Step step, const boost::json::value& input, const Type& type,
                    const FieldPlan& plan, void* out);
  void report_unknown(const boost::json::object& object, const ObjectType& type,
                      const FieldPlan& plan);
  void check_whole(const ObjectPlan& plan, const void* object);

  /// All of a value's rules that are for texts.
  void check_text(const FieldPlan& plan, std::string& text);
  [[nodiscard]] bool holds(const FieldPlan& plan, const Check& check, std::string& text);
  void check_number(const FieldPlan& plan, double value);
  /// Those of its length alone; zod judges it even where another type was expected.
  void check_length(const FieldPlan& plan, Input input);

  /// What reading as alternative `index` of a choice finds. Paths begin at the choice.
  struct Attempt {
    ValidationErrors errors;
    bool aborted = false;
  };
  [[nodiscard]] Attempt attempt(Input input, const Type& type, std::size_t index, void* out);

  /// The way from where the paths of errors_ begin, with long names cut short.
  [[nodiscard]] std::vector<PathSegment> path() const;
  void fail(const FieldPlan& plan, const Check& check, std::string_view origin);
  /// Another type than `expected` has come.
  void mismatch(const FieldPlan& plan, std::string_view expected, Input input);
  void issue(const FieldPlan& plan, std::string_view message);
  /// Also keeps checks over the structs around it from being asked.
  void abort(const FieldPlan& plan, std::string_view message);

  ValidationErrors* errors_;
  std::vector<Step> path_;
  /// How much of path_ the paths of errors_ leave out.
  std::size_t base_ = 0;
  std::size_t aborts_ = 0;
  std::size_t depth_ = 0;
  /// In how many choices between several types that may fit, and the values looked at where that is
  /// more than one.
  std::size_t choices_ = 0;
  std::size_t attempted_ = 0;
  /// For patterns.
  std::size_t spare_steps_ = Pattern::kSpareSteps;
  /// Whether it could not be told of some text if it matches: the input is refused.
  bool undecided_ = false;
};

}  // namespace millrace::detail
