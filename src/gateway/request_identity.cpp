#include "gateway/request_identity.hpp"

#include <utility>

#include "base/ascii.hpp"
#include "http/fields.hpp"

namespace millrace::gateway {

namespace {

constexpr std::string_view kTraceField = "traceparent";

bool is_id_field(std::string_view name) {
  return name.size() == observe::kRequestIdField.size() &&
         base::equals_ignoring_case(name, observe::kRequestIdField);
}

}  // namespace

RequestIdentity::RequestIdentity(std::string_view fields, observe::RequestIds* ids) {
  if (ids == nullptr) return;
  for (const http::Field& field : http::FieldsView(fields)) {
    if (is_id_field(field.name)) {
      if (id_.empty() && observe::is_request_id(field.value)) id_ = field.value;
    } else if (field.name.size() == kTraceField.size() &&
               base::equals_ignoring_case(field.name, kTraceField)) {
      trace_ = observe::parse_traceparent(field.value);
    }
  }
  is_made_ = id_.empty();
  if (is_made_) id_ = ids->make(made_);
}

std::string_view RequestIdentity::with_id(std::string_view fields, std::string& storage) const {
  if (!is_made_) return fields;
  std::string changed;
  changed.reserve(fields.size() + id_.size() + observe::kRequestIdField.size() + 4);
  // An id that is not kept must not reach the handler beside the new one.
  for (const http::Field& field : http::FieldsView(fields)) {
    if (!is_id_field(field.name)) http::append_field(changed, field.name, field.value);
  }
  http::append_field(changed, observe::kRequestIdField, id_);
  storage = std::move(changed);
  return storage;
}

}  // namespace millrace::gateway
