// FieldPlan is what the rules of one member come to. It is filled by rules.hpp when a type is first
// read and does not change afterwards, so that all threads may read it.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "millrace/validation_errors.hpp"

namespace millrace::detail {

/// One rule; known to the library only.
struct Check;

struct FieldPlan {
  std::vector<std::shared_ptr<const Check>> checks;
  /// For issues of the value itself that have no message of their own; empty for zod's.
  std::string message;
  /// A value that is absent keeps what it was made with.
  bool defaulted = false;
  /// Null is taken as absent.
  bool nullable = false;
  /// Of a list's items or a map's values.
  std::unique_ptr<FieldPlan> element;

  FieldPlan& element_plan() {
    if (!element) element = std::make_unique<FieldPlan>();
    return *element;
  }
};

struct ObjectPlan {
  /// One a member, in the order of the description.
  std::vector<FieldPlan> fields;
  /// Members that are not described are issues.
  bool strict = false;
  /// Over the whole struct, which they are given.
  std::vector<std::function<std::optional<FieldError>(const void*)>> checks;
};

}  // namespace millrace::detail
