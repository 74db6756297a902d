// The inside of the plans that detail/plan.hpp speaks of.
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
  /// For issues of the value itself that have no message of their own; empty for zod's.
  std::string message;
  /// A value that is absent keeps what it was made with.
  bool defaulted = false;
  /// Null is taken as absent.
  bool nullable = false;
  /// Of a list's items or a map's values; null where they have no rules.
  std::unique_ptr<FieldPlan> element;
};

/// Of what has no rules.
[[nodiscard]] const FieldPlan& no_plan();

struct ObjectPlan {
  /// One a member, in the order of the description.
  std::vector<FieldPlan> fields;
  /// Members that are not described are issues.
  bool strict = false;
  std::vector<std::function<std::optional<FieldError>(const void*)>> checks;
};

}  // namespace millrace::detail
