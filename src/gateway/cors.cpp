#include "gateway/cors.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "http/fields.hpp"

namespace millrace::gateway {

namespace {

void append_list_field(std::string& fields, std::string_view name,
                       const std::vector<std::string>& list) {
  if (list.empty()) return;
  std::string value;
  for (const std::string& item : list) value.append(value.empty() ? "" : ", ").append(item);
  http::append_field(fields, name, value);
}

/// Whether `pattern` is "https://*.example.com" and `origin` a name below it.
bool is_below_origin(std::string_view pattern, std::string_view origin) {
  const std::size_t star = pattern.find("*.");
  if (star == std::string_view::npos) return false;
  const std::string_view scheme = pattern.substr(0, star);
  const std::string_view rest = pattern.substr(star + 1);
  if (!origin.starts_with(scheme) || !origin.ends_with(rest)) return false;
  if (origin.size() <= scheme.size() + rest.size()) return false;
  // Nothing that could end the host: no port, user or path.
  const std::string_view labels =
      origin.substr(scheme.size(), origin.size() - scheme.size() - rest.size());
  return std::all_of(labels.begin(), labels.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
  });
}

}  // namespace

Cors::Cors(project::CorsRuleKeys rule)
    : rule_(std::move(rule)),
      any_(std::find(rule_.origins.begin(), rule_.origins.end(), "*") != rule_.origins.end()) {
  append_list_field(exposed_, "Access-Control-Expose-Headers", rule_.expose);
  append_list_field(preflight_, "Access-Control-Allow-Methods", rule_.methods);
  append_list_field(preflight_, "Access-Control-Allow-Headers", rule_.headers);
  http::append_field(preflight_, "Access-Control-Max-Age", std::to_string(rule_.max_age));
}

bool Cors::is_preflight(const http::RequestHead& head) {
  return head.method == "OPTIONS" && http::find_field(head.fields, "origin") &&
         http::find_field(head.fields, "access-control-request-method");
}

bool Cors::allows(std::string_view origin) const {
  return std::any_of(
      rule_.origins.begin(), rule_.origins.end(), [origin](const std::string& allowed) {
        return allowed == "*" || allowed == origin || is_below_origin(allowed, origin);
      });
}

std::optional<std::string> Cors::allowance(std::string_view request) const {
  const auto origin = http::find_field(request, "origin");
  if (!origin || !allows(*origin)) return std::nullopt;
  std::string fields;
  http::append_field(fields, "Access-Control-Allow-Origin", any_ ? std::string_view("*") : *origin);
  if (rule_.credentials) http::append_field(fields, "Access-Control-Allow-Credentials", "true");
  return fields;
}

std::string Cors::fields_for(std::string_view request) const {
  auto fields = allowance(request);
  return fields ? fields->append(exposed_) : std::string();
}

std::optional<std::string> Cors::preflight(std::string_view request) const {
  auto fields = allowance(request);
  if (fields) fields->append(preflight_);
  return fields;
}

}  // namespace millrace::gateway
