// What the rules of a struct come to: the headers' way into plans that only the library sees the
// inside of, so that a route's compile need not. A plan is filled when its type is first read and
// does not change afterwards; all threads may read it.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string_view>

#include "millrace/validation_errors.hpp"

namespace millrace::detail {

struct ObjectType;

/// Of one member.
struct FieldPlan;
/// Of a struct.
struct ObjectPlan;

void set_defaulted(FieldPlan& plan);
void set_nullable(FieldPlan& plan);
void set_message(FieldPlan& plan, std::string_view message);
/// Of a list's items or a map's values. Belongs to `plan`.
[[nodiscard]] FieldPlan& element_plan(FieldPlan& plan);

void set_strict(ObjectPlan& plan);
/// A check over the whole struct, which it is given.
using PlainCheck = std::optional<FieldError> (*)(const void* value);
void add_check(ObjectPlan& plan, PlainCheck check);
void add_check(ObjectPlan& plan, std::function<std::optional<FieldError>(const void*)> check);

/// The plan of the member at `place` of `object`. Throws std::invalid_argument where none is there.
[[nodiscard]] FieldPlan& field_at(ObjectPlan& plan, const ObjectType& type, void* object,
                                  const void* place);

/// Holds a plan.
class OwnedPlan {
 public:
  /// Of a struct with so many members, without rules.
  explicit OwnedPlan(std::size_t members);
  ~OwnedPlan();
  OwnedPlan(const OwnedPlan&) = delete;
  OwnedPlan& operator=(const OwnedPlan&) = delete;

  [[nodiscard]] ObjectPlan& operator*() const { return *plan_; }

 private:
  ObjectPlan* plan_;
};

}  // namespace millrace::detail
