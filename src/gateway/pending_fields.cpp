#include "gateway/pending_fields.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "http/fields.hpp"

namespace millrace::gateway {

namespace {

using base::equals_ignoring_case;

bool is_cookie(std::string_view name) { return equals_ignoring_case(name, "set-cookie"); }
bool is_vary(std::string_view name) { return equals_ignoring_case(name, "vary"); }

}  // namespace

std::optional<std::string_view> PendingFields::find(std::string_view name) const {
  for (const auto& [given, value] : fields_) {
    if (equals_ignoring_case(given, name)) return value;
  }
  return std::nullopt;
}

void PendingFields::set(std::string_view name, std::string_view value) {
  // Configured values must not be able to end a field line.
  if (!http::is_field_value(value) || !http::is_field_value(name)) return;
  if (!is_cookie(name)) {
    for (auto& [given, old] : fields_) {
      if (!equals_ignoring_case(given, name)) continue;
      old = value;
      return;
    }
  }
  fields_.emplace_back(name, value);
}

void PendingFields::take_middleware(std::string_view section) {
  std::vector<std::pair<std::string, std::string>> taken;
  for (const auto& [name, value] : http::FieldsView(section)) {
    const std::string_view given = name;
    if (is_cookie(given)) middleware_cookies_ = true;
    const auto same = [given](const auto& field) {
      return equals_ignoring_case(field.first, given);
    };
    fields_.erase(std::remove_if(fields_.begin(), fields_.end(), same), fields_.end());
    taken.emplace_back(name, value);
  }
  fields_.insert(fields_.end(), taken.begin(), taken.end());
}

void PendingFields::merge(std::string_view fields, Precedence precedence, std::string& out) const {
  const auto is_pending = [this](std::string_view name) {
    return std::any_of(fields_.begin(), fields_.end(), [name](const auto& field) {
      return equals_ignoring_case(field.first, name);
    });
  };
  const bool response_wins = precedence == Precedence::response;
  for (const auto& [name, value] : fields_) {
    const bool joined =
        is_cookie(name) ? !response_wins || middleware_cookies_ : is_vary(name) && !response_wins;
    if (joined || !response_wins || !http::find_field(fields, name))
      http::append_field(out, name, value);
  }
  for (const auto& [name, value] : http::FieldsView(fields)) {
    const bool joined = is_cookie(name) || is_vary(name);
    if (response_wins || joined || !is_pending(name)) http::append_field(out, name, value);
  }
}

}  // namespace millrace::gateway
