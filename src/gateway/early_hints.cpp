#include "gateway/early_hints.hpp"

#include "base/ascii.hpp"
#include "gateway/internal_fields.hpp"
#include "http/connection_options.hpp"
#include "http/fields.hpp"

namespace millrace::gateway {

std::string early_hint_fields(std::string_view fields) {
  const http::ConnectionOptions options(fields);
  std::string kept;
  for (const auto& [name, value] : http::FieldsView(fields)) {
    if (http::is_connection_field(name) || options.removes(name)) continue;
    // A client could take it for the length of what follows.
    if (base::equals_ignoring_case(name, "content-length")) continue;
    if (is_internal_field(name) || is_middleware_instruction(name)) continue;
    http::append_field(kept, name, value);
  }
  return kept;
}

}  // namespace millrace::gateway
