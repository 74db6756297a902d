// The rules of a struct, collected in plans. Plans are opaque to the headers, so that routes do not
// compile their implementation. A plan is filled when its type is first read and does not change
// afterwards; any thread can read it.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string_view>

#include "millrace/validation_errors.hpp"

namespace millrace::detail {

struct ObjectType;

/// The rules of one member.
struct FieldPlan;
/// The rules of a struct.
struct ObjectPlan;

void set_defaulted(FieldPlan& plan);
void set_nullable(FieldPlan& plan);
void set_message(FieldPlan& plan, std::string_view message);
/// The plan for a list's items or a map's values. Owned by `plan`.
[[nodiscard]] FieldPlan& element_plan(FieldPlan& plan);

void set_strict(ObjectPlan& plan);
/// A check of a whole struct, which is its argument.
using PlainCheck = std::optional<FieldError> (*)(const void* value);
void add_check(ObjectPlan& plan, PlainCheck check);
void add_check(ObjectPlan& plan, std::function<std::optional<FieldError>(const void*)> check);

/// The plan of the member at the address `place` in `object`. Throws std::invalid_argument where
/// there is no described member.
[[nodiscard]] FieldPlan& field_at(ObjectPlan& plan, const ObjectType& type, void* object,
                                  const void* place);

/// Owns a plan.
class OwnedPlan {
 public:
  /// For a struct with `members` members, without rules.
  explicit OwnedPlan(std::size_t members);
  ~OwnedPlan();
  OwnedPlan(const OwnedPlan&) = delete;
  OwnedPlan& operator=(const OwnedPlan&) = delete;

  [[nodiscard]] ObjectPlan& operator*() const { return *plan_; }

 private:
  ObjectPlan* plan_;
};

}  // namespace millrace::detail
