// The part of Reader that reads a value of one of several types.
#include <algorithm>
#include <utility>

#include "validation/plan.hpp"
#include "validation/reader.hpp"

namespace millrace::detail {

namespace {

using Value = boost::json::value;

/// Whether the kind of JSON value matches; otherwise the alternative is a mismatch.
bool may_fit(const Value* input, const Type& type) {
  if (input == nullptr) return true;
  switch (type.kind) {
    case Kind::text:
    case Kind::enumeration:
      return input->is_string();
    case Kind::real:
    case Kind::integer:
      return input->is_number();
    case Kind::boolean:
      return input->is_bool();
    case Kind::list:
    case Kind::booleans:
      return input->is_array();
    case Kind::record:
    case Kind::object:
      return input->is_object();
    case Kind::optional:
    case Kind::any:
    case Kind::choice:
      break;
  }
  return true;
}

}  // namespace

Reader::Attempt Reader::attempt(Input input, const Type& type, std::size_t index, void* out) {
  Attempt made;
  ValidationErrors* const errors = std::exchange(errors_, &made.errors);
  const std::size_t base = std::exchange(base_, path_.size());
  const std::size_t aborts = std::exchange(aborts_, 0);
  read(input, *type.alternatives[index], no_plan(), type.choose(out, index));
  made.aborted = std::exchange(aborts_, aborts) > 0;
  base_ = base;
  errors_ = errors;
  return made;
}

void Reader::read_choice(Input input, const Type& type, const FieldPlan& plan, void* out) {
  const auto fitting =
      std::count_if(type.alternatives, type.alternatives + type.count,
                    [input](const Type* alternative) { return may_fit(input, *alternative); });
  const std::size_t choice = fitting > 1 ? 1 : 0;
  std::vector<ValidationErrors> unaborted;
  choices_ += choice;
  bool found = false;
  // Where an alternative could not be decided, no later alternative is accepted.
  const bool was_undecided = undecided_;
  for (std::size_t i = 0; i < type.count && !found && undecided_ == was_undecided; ++i) {
    if (!may_fit(input, *type.alternatives[i])) continue;
    Attempt made = attempt(input, type, i, out);
    found = made.errors.empty();
    if (!made.aborted) unaborted.push_back(std::move(made.errors));
  }
  choices_ -= choice;
  if (found) return;
  // Where the types of only one alternative fit, its errors are reported; otherwise no specific
  // error applies.
  if (unaborted.size() != 1) return abort(plan, "Invalid input");
  for (const Issue& issue : unaborted.front().issues()) {
    if (errors_->full()) return;
    std::vector<PathSegment> place = path();
    place.insert(place.end(), issue.path.begin(), issue.path.end());
    errors_->add(std::move(place), issue.message);
  }
}

}  // namespace millrace::detail
