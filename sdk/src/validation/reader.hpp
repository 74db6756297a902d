// Reader converts a JSON value to a C++ object by the tables of read_type.hpp and checks its rules.
// It reads the whole input and reports all issues, in zod's order and wording.
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

/// Reads one input.
class Reader {
 public:
  explicit Reader(ValidationErrors& errors) : errors_(&errors) {}

  /// `input` is null where the value is absent. After an issue, the contents of `out` are
  /// unspecified.
  void read(const boost::json::value* input, const Type& type, const FieldPlan& plan, void* out);

 private:
  using Input = const boost::json::value*;
  /// Names are views into the input and the tables: few of them are ever copied.
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

  /// Reads an item of a list or a value of a record. It is present, so null stands for an empty
  /// optional.
  void read_element(Step step, const boost::json::value& input, const Type& type,
                    const FieldPlan& plan, void* out);
  void report_unknown(const boost::json::object& object, const ObjectType& type,
                      const FieldPlan& plan);
  void check_object(const ObjectPlan& plan, const void* object);

  /// Checks all rules for texts.
  void check_text(const FieldPlan& plan, std::string& text);
  [[nodiscard]] bool passes(const FieldPlan& plan, const Check& check, std::string& text);
  void check_number(const FieldPlan& plan, double value);
  /// Checks length rules only; zod applies them even where another type was expected.
  void check_length(const FieldPlan& plan, Input input);

  /// The result of reading alternative `index` of a choice. Paths begin at the choice.
  struct Attempt {
    ValidationErrors errors;
    bool aborted = false;
  };
  [[nodiscard]] Attempt attempt(Input input, const Type& type, std::size_t index, void* out);

  /// The path relative to the paths of errors_, with long names truncated.
  [[nodiscard]] std::vector<PathSegment> path() const;
  void fail(const FieldPlan& plan, const Check& check, std::string_view origin);
  /// Reports that the input has another type than `expected`.
  void mismatch(const FieldPlan& plan, std::string_view expected, Input input);
  void issue(const FieldPlan& plan, std::string_view message);
  /// Reports an issue and skips the checks of the enclosing structs.
  void abort(const FieldPlan& plan, std::string_view message);

  ValidationErrors* errors_;
  std::vector<Step> path_;
  /// The number of leading segments of path_ that the paths of errors_ omit.
  std::size_t base_ = 0;
  std::size_t aborts_ = 0;
  std::size_t depth_ = 0;
  /// The nesting depth of choices between several types that may fit, and the number of values read
  /// where it exceeds one.
  std::size_t choices_ = 0;
  std::size_t attempted_ = 0;
  /// The remaining steps for patterns.
  std::size_t spare_steps_ = Pattern::kSpareSteps;
  /// Whether a pattern could not be decided for some text: the input is rejected.
  bool undecided_ = false;
};

}  // namespace millrace::detail
