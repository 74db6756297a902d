#include "gateway/added_fields.hpp"

#include "http/fields.hpp"

namespace millrace::gateway {

std::string AddedFields::merged(std::string_view fields) const {
  std::string all(fields);
  all.append(always);
  if (!cors.empty() && !http::find_field(fields, "access-control-allow-origin")) all.append(cors);
  for (const auto* const field : missing) {
    // Earlier ones of the same name count too.
    if (!http::find_field(all, field->first)) http::append_field(all, field->first, field->second);
  }
  return all;
}

}  // namespace millrace::gateway
