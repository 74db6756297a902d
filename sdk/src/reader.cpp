#include "reader.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "millrace/detail/json_text.hpp"
#include "plan.hpp"

namespace millrace::detail {

namespace {

using boost::json::kind;
using Value = boost::json::value;

const FieldPlan& no_plan() {
  static const FieldPlan plan;
  return plan;
}

/// What zod calls it.
std::string received(const Value* input) {
  if (input == nullptr) return "undefined";
  switch (input->kind()) {
    case kind::null:
      return "null";
    case kind::bool_:
      return "boolean";
    case kind::string:
      return "string";
    case kind::array:
      return "array";
    case kind::object:
      return "object";
    case kind::double_:
      return std::isfinite(input->get_double()) ? "number" : number_text(input->get_double());
    default:
      return "number";
  }
}

bool is_number(const Value* input) {
  if (input == nullptr || !input->is_number()) return false;
  return !input->is_double() || std::isfinite(input->get_double());
}

double as_double(const Value& number) {
  if (number.is_int64()) return static_cast<double>(number.get_int64());
  if (number.is_uint64()) return static_cast<double>(number.get_uint64());
  return number.get_double();
}

/// A number without a fraction: its sign and its bits, of which `most` are all ones where it is
/// larger than any.
struct Whole {
  bool negative = false;
  bool fits = true;
  std::uint64_t bits = 0;
};

Whole as_whole(const Value& number) {
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

/// Values looked at for the sake of choices: alternatives within alternatives would multiply.
constexpr std::size_t kMostAttempted = 2'000'000;

}  // namespace

void Reader::read(Input input, const Type& type, const FieldPlan& plan, void* out) {
  if (input == nullptr && plan.defaulted) return;
  if (depth_ >= kMaxDepth) return abort(plan, "Too deep: expected at most 100 levels");
  if (attempts_ > 0 && ++attempted_ > kMostAttempted) return abort(plan, "Invalid input");
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
  type.store_real(out, value);
  check_number(plan, value);
}

void Reader::read_integer(Input input, const Type& type, const FieldPlan& plan, void* out) {
  if (!is_number(input)) return mismatch(plan, "number", input);
  const double value = as_double(*input);
  if (std::trunc(value) != value) {
    if (std::any_of(plan.checks.begin(), plan.checks.end(),
                    [](const Check& check) { return check.enumerates; })) {
      return mismatch(plan, "number", input);
    }
    return abort(plan, "Invalid input: expected int, received number");
  }
  const Whole whole = as_whole(*input);
  // Of narrow types zod first says what JavaScript can hold.
  const bool narrow = type.most < (std::uint64_t{1} << 53U);
  if (whole.negative && (!whole.fits || static_cast<std::int64_t>(whole.bits) < type.least)) {
    abort(plan, narrow && value < -kMaxSafeInteger
                    ? "Too small: expected int to be >=-9007199254740991"
                    : "Too small: expected number to be >=" + std::to_string(type.least));
  } else if (!whole.negative && (!whole.fits || whole.bits > type.most)) {
    abort(plan, narrow && value > kMaxSafeInteger
                    ? "Too big: expected int to be <=9007199254740991"
                    : "Too big: expected number to be <=" + std::to_string(type.most));
  } else {
    type.store(out, whole.bits);
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
  std::string text =
      type.count == 1 ? "Invalid input: expected " : "Invalid option: expected one of ";
  for (std::size_t i = 0; i < type.count; ++i) {
    text.append(i == 0 ? "\"" : "|\"").append(type.names[i]).append("\"");
  }
  abort(plan, std::move(text));
}

void Reader::read_any(Input input, const FieldPlan& plan, void* out) {
  if (input == nullptr) return mismatch(plan, "nonoptional", input);
  *static_cast<Value*>(out) = *input;
}

void Reader::read_element(PathSegment segment, const Value& input, const Type& type,
                          const FieldPlan& plan, void* out) {
  if (type.kind == Kind::optional && input.is_null()) return;
  path_.push_back(std::move(segment));
  read(&input, type, plan, out);
  path_.pop_back();
}

void Reader::read_list(Input input, const Type& type, const FieldPlan& plan, void* out) {
  if (input == nullptr || !input->is_array()) {
    mismatch(plan, "array", input);
    return check_length(plan, input);
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
    read_element(std::string(name), item, *type.element, element, type.add(out, name));
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
    path_.emplace_back(member.name);
    read(object.if_contains(member.name), *member.type, rules.fields[i], member.of(out));
    path_.pop_back();
  }
  if (rules.strict) report_unknown(object, described, plan);
  if (aborts_ == aborts_before) check_whole(rules, out);
}

void Reader::report_unknown(const boost::json::object& object, const ObjectType& type,
                            const FieldPlan& plan) {
  std::string names;
  std::size_t count = 0;
  for (const auto& entry : object) {
    const std::string_view name = entry.key();
    const bool known = std::any_of(type.members, type.members + type.count,
                                   [name](const Member& member) { return name == member.name; });
    // Enough to see what is wrong; a client may send any number.
    if (known || ++count > 100) continue;
    names.append(count > 1 ? ", \"" : "\"").append(name).append("\"");
  }
  if (count > 0) issue(plan, (count > 1 ? "Unrecognized keys: " : "Unrecognized key: ") + names);
}

void Reader::check_whole(const ObjectPlan& plan, const void* object) {
  for (const auto& check : plan.checks) {
    std::optional<FieldError> error = check(object);
    if (!error) continue;
    std::vector<PathSegment> path = path_;
    if (!error->field.empty()) path.emplace_back(std::move(error->field));
    errors_.add(std::move(path), std::move(error->message));
  }
}

void Reader::read_choice(Input input, const Type& type, const FieldPlan& plan, void* out) {
  std::vector<std::pair<std::size_t, ValidationErrors>> unaborted;
  ++attempts_;
  bool found = false;
  for (std::size_t i = 0; i < type.count && !found; ++i) {
    ValidationErrors errors;
    Reader attempt(errors);
    attempt.path_ = path_;
    attempt.depth_ = depth_;
    attempt.attempts_ = attempts_;
    attempt.attempted_ = attempted_;
    attempt.read(input, *type.alternatives[i], no_plan(), type.choose(out, i));
    attempted_ = attempt.attempted_;
    found = errors.empty();
    if (attempt.aborts_ == 0) unaborted.emplace_back(i, std::move(errors));
  }
  --attempts_;
  if (found) return;
  // The one alternative whose types fit tells what is wrong; else there is nothing good to say.
  if (unaborted.size() != 1) return abort(plan, "Invalid input");
  for (const Issue& issue : unaborted.front().second.issues()) {
    errors_.add(issue.path, issue.message);
  }
}

void Reader::check_text(const FieldPlan& plan, std::string& text) {
  bool aborted = false;
  for (const auto& check : plan.checks) {
    if (check.length ? check.length(code_points(text)) : aborted || check.text(text)) continue;
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

void Reader::fail(const FieldPlan& plan, const Check& check, std::string_view origin) {
  if (check.aborts) ++aborts_;
  if (!check.message.empty()) {
    errors_.add(path_, check.message);
  } else {
    issue(plan, check.says(origin));
  }
}

void Reader::mismatch(const FieldPlan& plan, std::string_view expected, Input input) {
  for (const auto& check : plan.checks) {
    if (check.enumerates) return fail(plan, check, expected);
  }
  std::string text = "Invalid input: expected ";
  abort(plan, text.append(expected).append(", received ").append(received(input)));
}

void Reader::issue(const FieldPlan& plan, const std::string& message) {
  errors_.add(path_, plan.message.empty() ? message : plan.message);
}

void Reader::abort(const FieldPlan& plan, const std::string& message) {
  ++aborts_;
  issue(plan, message);
}

}  // namespace millrace::detail
