// Reads values of a request's field section as Next.js reads them from Node.js: repeated fields are
// joined, cookies are decoded, the host is in lower case.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace millrace::routing {

/// Joins repeated fields as Node.js does.
[[nodiscard]] std::optional<std::string> field_value(std::string_view fields,
                                                     std::string_view name);

/// Returns the first cookie of that name, in UTF-8.
[[nodiscard]] std::optional<std::string> cookie_value(std::string_view fields,
                                                      std::string_view name);

/// Returns the name in the Host field, in lower case and without a port.
[[nodiscard]] std::optional<std::string> host_name(std::string_view fields);

}  // namespace millrace::routing
