// The value of a Content-Type field taken apart (RFC 9110, section 8.3), as far as bodies of forms
// need it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace millrace {

/// "text/html" of "Text/HTML; charset=utf-8": lower case, without parameters.
[[nodiscard]] std::string media_type(std::string_view content_type);

/// The first parameter of that (lower-case) name, without its quotes; none where there is none.
[[nodiscard]] std::optional<std::string> media_type_parameter(std::string_view content_type,
                                                              std::string_view name);

}  // namespace millrace
