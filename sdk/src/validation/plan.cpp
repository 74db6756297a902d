#include "validation/plan.hpp"

#include <stdexcept>
#include <utility>

#include "millrace/detail/read_type.hpp"

namespace millrace::detail {

void set_defaulted(FieldPlan& plan) { plan.defaulted = true; }
void set_nullable(FieldPlan& plan) { plan.nullable = true; }
void set_message(FieldPlan& plan, std::string_view message) { plan.message = message; }

FieldPlan& element_plan(FieldPlan& plan) {
  if (!plan.element) plan.element = std::make_unique<FieldPlan>();
  return *plan.element;
}

const FieldPlan& no_plan() {
  static const FieldPlan plan;
  return plan;
}

void set_strict(ObjectPlan& plan) { plan.strict = true; }

void add_check(ObjectPlan& plan, PlainCheck check) { plan.checks.emplace_back(check); }

void add_check(ObjectPlan& plan, std::function<std::optional<FieldError>(const void*)> check) {
  plan.checks.push_back(std::move(check));
}

FieldPlan& field_at(ObjectPlan& plan, const ObjectType& type, void* object, const void* place) {
  for (std::size_t i = 0; i < type.count; ++i) {
    if (type.members[i].of(object) == place) return plan.fields[i];
  }
  throw std::invalid_argument(
      "rules(): a rule names a member that BOOST_DESCRIBE_STRUCT does not list; add it there");
}

OwnedPlan::OwnedPlan(std::size_t members) : plan_(std::make_unique<ObjectPlan>().release()) {
  plan_->fields.resize(members);
}

OwnedPlan::~OwnedPlan() { std::default_delete<ObjectPlan>()(plan_); }

}  // namespace millrace::detail
