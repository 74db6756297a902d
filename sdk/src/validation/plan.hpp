// The definitions of the plans that detail/plan.hpp declares.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "millrace/detail/plan.hpp"
#include "validation/check.hpp"

namespace millrace::detail {

struct FieldPlan {
  std::vector<Check> checks;
  /// The message for issues of the value itself that have no message of their own; empty for zod's.
  std::string message;
  /// An absent value keeps its initial value.
  bool defaulted = false;
  /// Null counts as absent.
  bool nullable = false;
  /// The plan of a list's items or a map's values; null where they have no rules.
  std::unique_ptr<FieldPlan> element;
};

/// The plan of values without rules.
[[nodiscard]] const FieldPlan& no_plan();

struct ObjectPlan {
  /// One per member, in the order of the description.
  std::vector<FieldPlan> fields;
  /// Members that are not described are issues.
  bool strict = false;
  std::vector<std::function<std::optional<FieldError>(const void*)>> checks;
};

}  // namespace millrace::detail
