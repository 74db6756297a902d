// Parses the value of a Content-Type field (RFC 9110, section 8.3), as far as forms need it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace millrace {

/// The media type in lower case without parameters: "text/html" for "Text/HTML; charset=utf-8".
[[nodiscard]] std::string media_type(std::string_view content_type);

/// The first parameter with that lower-case name, without quotes; none where there is none.
[[nodiscard]] std::optional<std::string> media_type_parameter(std::string_view content_type,
                                                              std::string_view name);

}  // namespace millrace
