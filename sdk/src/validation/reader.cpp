#include "validation/reader.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "millrace/detail/json_text.hpp"
#include "text/text_formats.hpp"
#include "validation/plan.hpp"

namespace millrace::detail {

namespace {

using boost::json::kind;
using Value = boost::json::value;

bool is_number(const Value* input) {
  if (input == nullptr || !input->is_number()) return false;
  return !input->is_double() || std::isfinite(input->get_double());
}

double as_double(const Value& number) {
  if (number.is_int64()) return static_cast<double>(number.get_int64());
  if (number.is_uint64()) return static_cast<double>(number.get_uint64());
  return number.get_double();
}

/// A number without a fraction: its sign and bits, and whether it fits 64 bits.
struct ExactInteger {
  bool negative = false;
  bool fits = true;
  std::uint64_t bits = 0;
};

ExactInteger as_integer(const Value& number) {
  if (number.is_int64()) {
    const std::int64_t value = number.get_int64();
    return {.negative = value < 0, .bits = static_cast<std::uint64_t>(value)};
  }
  if (number.is_uint64()) return {.bits = number.get_uint64()};
  const double value = number.get_double();
  if (value < 0) {
    const bool fits = value >= -9223372036854775808.0;
    return {.negative = true,
            .fits = fits,
            .bits = fits ? static_cast<std::uint64_t>(static_cast<std::int64_t>(value)) : 0};
  }
  const bool fits = value < 18446744073709551616.0;
  return {.fits = fits, .bits = fits ? static_cast<std::uint64_t>(value) : 0};
}

constexpr double kMaxSafeInteger = 9007199254740991;

std::size_t code_points(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char byte) {
    return (static_cast<unsigned>(byte) & 0xC0U) != 0x80U;
  }));
}

/// Maximum number of values read in nested choices, where the alternatives multiply.
constexpr std::size_t kMaxAttempted = 2'000'000;

/// Maximum size in bytes of a text that a length rule rejects and that is still searched for
/// patterns.
constexpr std::size_t kMaxSearched = 1000;

/// Whether a rule lists the allowed values: it alone reports a value that is not listed.
bool lists_values(const FieldPlan& plan) {
  return std::any_of(plan.checks.begin(), plan.checks.end(),
                     [](const Check& check) { return check.lists_values; });
}

}  // namespace

void Reader::read(Input input, const Type& type, const FieldPlan& plan, void* out) {
  if (input == nullptr && plan.defaulted) return;
  if (depth_ >= kMaxDepth) return abort(plan, "Too deep: expected at most 100 levels");
  if (choices_ > 1 && ++attempted_ > kMaxAttempted) return abort(plan, "Invalid input");
  ++depth_;
  switch (type.kind) {
    case Kind::optional:
      read_optional(input, type, plan, out);
      break;
    case Kind::text:
      read_text(input, plan, out);
      break;
    case Kind::real:
      read_real(input, type, plan, out);
      break;
    case Kind::integer:
      read_integer(input, type, plan, out);
      break;
    case Kind::boolean:
      read_boolean(input, plan, out);
      break;
    case Kind::enumeration:
      read_enumeration(input, type, plan, out);
      break;
    case Kind::any:
      read_any(input, plan, out);
      break;
    case Kind::list:
    case Kind::booleans:
      read_list(input, type, plan, out);
      break;
    case Kind::record:
      read_record(input, type, plan, out);
      break;
    case Kind::object:
      read_object(input, type, plan, out);
      break;
    case Kind::choice:
      read_choice(input, type, plan, out);
      break;
  }
  --depth_;
}

void Reader::read_optional(Input input, const Type& type, const FieldPlan& plan, void* out) {
  if (input == nullptr) return;
  if (plan.nullable && input->is_null()) return;
  read(input, *type.element, plan, type.add(out, {}));
}

void Reader::read_text(Input input, const FieldPlan& plan, void* out) {
  if (input == nullptr || !input->is_string()) {
    mismatch(plan, "string", input);
    return check_length(plan, input);
  }
  auto& text = *static_cast<std::string*>(out);
  text = input->get_string();
  check_text(plan, text);
}

void Reader::read_real(Input input, const Type& type, const FieldPlan& plan, void* out) {
  if (!is_number(input)) return mismatch(plan, "number", input);
  const double value = as_double(*input);
  if (std::abs(value) > type.largest) {
    const std::string limit = number_text(std::copysign(type.largest, value));
    return abort(plan, value > 0 ? "Too big: expected number to be <=" + limit
                                 : "Too small: expected number to be >=" + limit);
  }
  type.store_real(out, value);
  check_number(plan, value);
}

void Reader::read_integer(Input input, const Type& type, const FieldPlan& plan, void* out) {
  if (!is_number(input)) return mismatch(plan, "number", input);
  const double value = as_double(*input);
  if (std::trunc(value) != value) {
    if (lists_values(plan)) return mismatch(plan, "number", input);
    return abort(plan, "Invalid input: expected int, received number");
  }
  const ExactInteger integer = as_integer(*input);
  const bool small =
      integer.negative && (!integer.fits || static_cast<std::int64_t>(integer.bits) < type.least);
  const bool big = !integer.negative && (!integer.fits || integer.bits > type.most);
  if ((small || big) && lists_values(plan)) return mismatch(plan, "number", input);
  // For narrow types zod first reports the limits of JavaScript's safe integers.
  const bool narrow = type.most < (std::uint64_t{1} << 53U);
  if (small) {
    abort(plan, narrow && value < -kMaxSafeInteger
                    ? "Too small: expected int to be >=-9007199254740991"
                    : "Too small: expected number to be >=" + std::to_string(type.least));
  } else if (big) {
    abort(plan, narrow && value > kMaxSafeInteger
                    ? "Too big: expected int to be <=9007199254740991"
                    : "Too big: expected number to be <=" + std::to_string(type.most));
  } else {
    type.store(out, integer.bits);
  }
  check_number(plan, value);
}

void Reader::read_boolean(Input input, const FieldPlan& plan, void* out) {
  if (input == nullptr || !input->is_bool()) return mismatch(plan, "boolean", input);
  *static_cast<bool*>(out) = input->get_bool();
}

void Reader::read_enumeration(Input input, const Type& type, const FieldPlan& plan, void* out) {
  for (std::size_t i = 0; i < type.count; ++i) {
    if (input == nullptr || !input->is_string() || input->get_string() != type.names[i]) continue;
    return type.store(out, i);
  }
  if (errors_->full()) return abort(plan, {});
  std::string text =
      type.count == 1 ? "Invalid input: expected " : "Invalid option: expected one of ";
  for (std::size_t i = 0; i < type.count; ++i) {
    text.append(i == 0 ? "\"" : "|\"").append(type.names[i]).append("\"");
  }
  abort(plan, text);
}

void Reader::read_any(Input input, const FieldPlan& plan, void* out) {
  if (input == nullptr) return mismatch(plan, "nonoptional", input);
  *static_cast<Value*>(out) = *input;
}

void Reader::read_element(Step step, const Value& input, const Type& type, const FieldPlan& plan,
                          void* out) {
  if (type.kind == Kind::optional && input.is_null()) return;
  path_.push_back(step);
  read(&input, type, plan, out);
  path_.pop_back();
}

void Reader::read_list(Input input, const Type& type, const FieldPlan& plan, void* out) {
  if (input == nullptr || !input->is_array()) {
    mismatch(plan, "array", input);
    return check_length(plan, input);
  }
  // As in zod, a list that is too long is not read; the first rule that rejects it reports the
  // error.
  const std::size_t length = input->get_array().size();
  for (const Check& check : plan.checks) {
    if (!check.is_maximum || check.length(length)) continue;
    ++aborts_;
    return fail(plan, check, "array");
  }
  const FieldPlan& element = plan.element ? *plan.element : no_plan();
  std::size_t index = 0;
  for (const Value& item : input->get_array()) {
    bool bit = false;
    const bool bits = type.kind == Kind::booleans;
    void* place = bits ? &bit : type.add(out, {});
    read_element(index++, item, *type.element, element, place);
    if (bits) type.store(out, bit ? 1 : 0);
  }
  check_length(plan, input);
}

void Reader::read_record(Input input, const Type& type, const FieldPlan& plan, void* out) {
  if (input == nullptr || !input->is_object()) return mismatch(plan, "record", input);
  const FieldPlan& element = plan.element ? *plan.element : no_plan();
  for (const auto& [name, item] : input->get_object()) {
    read_element(std::string_view(name), item, *type.element, element, type.add(out, name));
  }
}

void Reader::read_object(Input input, const Type& type, const FieldPlan& plan, void* out) {
  if (input == nullptr || !input->is_object()) return mismatch(plan, "object", input);
  const auto& object = input->get_object();
  const ObjectType& described = *type.object;
  const ObjectPlan& rules = described.plan();
  const std::size_t aborts_before = aborts_;
  for (std::size_t i = 0; i < described.count; ++i) {
    const Member& member = described.members[i];
    path_.emplace_back(std::string_view(member.name));
    read(object.if_contains(member.name), *member.type, rules.fields[i], member.of(out));
    path_.pop_back();
  }
  if (rules.strict) report_unknown(object, described, plan);
  if (aborts_ == aborts_before) check_object(rules, out);
}

void Reader::check_object(const ObjectPlan& plan, const void* object) {
  for (const auto& check : plan.checks) {
    if (errors_->full()) return;
    std::optional<FieldError> error = check(object);
    if (!error) continue;
    std::vector<PathSegment> place = path();
    if (!error->field.empty()) place.emplace_back(std::move(error->field));
    errors_->add(std::move(place), std::move(error->message));
  }
}

bool Reader::passes(const FieldPlan& plan, const Check& check, std::string& text) {
  if (check.length) return check.length(code_points(text));
  if (!check.pattern) return check.text(text);
  // A text that a length rule rejects whatever trim() removes is not searched.
  if (text.size() > kMaxSearched) {
    const std::size_t length = code_points(trim_space(text));
    const auto& checks = plan.checks;
    if (std::any_of(checks.begin(), checks.end(), [length](const Check& other) {
          return other.is_maximum && !other.length(length);
        })) {
      return false;
    }
  }
  switch (check.pattern->occurs_in(text, spare_steps_)) {
    case Pattern::Occurs::yes:
      return true;
    case Pattern::Occurs::cannot_tell:
      undecided_ = true;
      break;
    case Pattern::Occurs::no:
      break;
  }
  return false;
}

void Reader::check_text(const FieldPlan& plan, std::string& text) {
  bool aborted = false;
  for (const auto& check : plan.checks) {
    // After a rule that aborts, only lengths are reported.
    if ((aborted && !check.length) || passes(plan, check, text)) continue;
    fail(plan, check, "string");
    aborted = aborted || check.aborts;
  }
}

void Reader::check_number(const FieldPlan& plan, double value) {
  for (const auto& check : plan.checks) {
    if (check.number(value)) continue;
    fail(plan, check, "number");
    if (check.aborts) return;
  }
}

void Reader::check_length(const FieldPlan& plan, Input input) {
  if (input == nullptr || !(input->is_array() || input->is_string())) return;
  const std::size_t length =
      input->is_array() ? input->get_array().size() : code_points(input->get_string());
  for (const auto& check : plan.checks) {
    if (check.length && !check.length(length)) {
      fail(plan, check, input->is_array() ? "array" : "string");
    }
  }
}

}  // namespace millrace::detail
