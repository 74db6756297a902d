// The part of Reader that reports issues. Texts are built only for issues that are kept.
#include <algorithm>
#include <cmath>

#include "millrace/detail/json_text.hpp"
#include "validation/plan.hpp"
#include "validation/reader.hpp"

namespace millrace::detail {

namespace {

using boost::json::kind;
using Value = boost::json::value;

/// The name that zod gives the type of a value.
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

/// The limit for names in issues: they come from the client and can be as long as the body.
constexpr std::size_t kMaxShown = 256;

std::string shortened(std::string_view name) {
  if (name.size() <= kMaxShown) return std::string(name);
  std::size_t end = kMaxShown;
  while ((static_cast<unsigned>(name[end]) & 0xC0U) == 0x80U && end > 0) --end;
  return std::string(name.substr(0, end)) + "…";
}

}  // namespace

void Reader::report_unknown(const boost::json::object& object, const ObjectType& type,
                            const FieldPlan& plan) {
  std::string names;
  std::size_t count = 0;
  for (const auto& entry : object) {
    const std::string_view name = entry.key();
    const bool known = std::any_of(type.members, type.members + type.count,
                                   [name](const Member& member) { return name == member.name; });
    // Limits the number of names, which the client controls.
    if (known || ++count > 100) continue;
    names.append(count > 1 ? ", \"" : "\"").append(shortened(name)).append("\"");
  }
  if (count > 0) issue(plan, (count > 1 ? "Unrecognized keys: " : "Unrecognized key: ") + names);
}

std::vector<PathSegment> Reader::path() const {
  std::vector<PathSegment> segments;
  segments.reserve(path_.size() - base_);
  for (std::size_t i = base_; i < path_.size(); ++i) {
    if (const auto* name = std::get_if<std::string_view>(&path_[i])) {
      segments.emplace_back(shortened(*name));
    } else {
      segments.emplace_back(std::get<std::size_t>(path_[i]));
    }
  }
  return segments;
}

void Reader::fail(const FieldPlan& plan, const Check& check, std::string_view origin) {
  if (check.aborts) ++aborts_;
  if (errors_->full()) return;
  if (!check.message.empty()) {
    errors_->add(path(), check.message);
  } else {
    issue(plan, check.default_message(origin));
  }
}

void Reader::mismatch(const FieldPlan& plan, std::string_view expected, Input input) {
  for (const auto& check : plan.checks) {
    if (check.lists_values) return fail(plan, check, expected);
  }
  std::string text = "Invalid input: expected ";
  abort(plan, text.append(expected).append(", received ").append(received(input)));
}

void Reader::issue(const FieldPlan& plan, std::string_view message) {
  if (errors_->full()) return;
  errors_->add(path(), std::string(plan.message.empty() ? message : plan.message));
}

void Reader::abort(const FieldPlan& plan, std::string_view message) {
  ++aborts_;
  issue(plan, message);
}

}  // namespace millrace::detail
