// What zod takes for an address of mail, a UUID and a URL, judged letter by letter.
#pragma once

#include <string_view>

namespace millrace {

/// Letters, digits and _'+-. before the "@", a domain with at least one dot behind it.
[[nodiscard]] bool is_email(std::string_view text);

/// RFC 9562: versions 1 to 8 and the two UUIDs that are all zeros or all f.
[[nodiscard]] bool is_uuid(std::string_view text);

/// Whether the URL standard's parser takes `text` without a base: whether URL.canParse() is true.
/// Of names of hosts outside ASCII it is only checked that they are UTF-8.
[[nodiscard]] bool is_url(std::string_view text);

/// Without what String.prototype.trim() removes at both ends.
[[nodiscard]] std::string_view trim_space(std::string_view text);

}  // namespace millrace
